// Tries whether an image is in ECR, for the platform that AgentCore runs, and not too large for it.
import type { CheckFinding, DriverContext } from '@agent-dispatch/core/provider';
import type { AccountClients } from '../aws/account-clients.js';
import type { Manifest } from '../aws/signed-reads.js';
import type { AwsCalls } from './aws-calls.js';
import { type EcrImage, readEcrImage } from './ecr-image.js';
import { tried } from './tried.js';

const name = 'image';
/** By AWS's documentation. */
const ARCHITECTURE = 'arm64';
const LARGEST_BYTES = 2_000_000_000;

interface Looked {
  readonly address: string;
  readonly image: EcrImage;
}

export async function checkImage(calls: AwsCalls, address: string, context: DriverContext): Promise<CheckFinding> {
  const image = readEcrImage(address);
  if (image === undefined) {
    const fix = 'Push the image to a repository of Amazon ECR, and name it by its address there.';
    return { name, status: 'fail', message: `${address} is no image of Amazon ECR.`, fix };
  }
  const looked = { address, image };
  const judged = await tried(name, () => judge(calls, looked, context));
  if (!('finding' in judged)) return judged.value;
  // To look is not needed to run: the execution role pulls the image.
  return judged.code === 'AD_PROVIDER_NOT_FOUND' ? judged.finding : unseen(looked, judged.finding.message);
}

async function judge(calls: AwsCalls, looked: Looked, context: DriverContext): Promise<CheckFinding> {
  const { address, image } = looked;
  const read = <Answer>(action: string, run: (clients: AccountClients) => Promise<Answer>): Promise<Answer> =>
    calls.call(context, { action: `ecr:${action}`, resource: address }, run);
  const manifestOf = (id: object): Promise<Manifest | undefined> =>
    read('BatchGetImage', ({ reads }) => reads.manifest(image, id, context.signal));

  const first = await manifestOf(image.id);
  if (first === undefined) return absent(address);
  const fitting = first.manifests?.find(({ platform }) => platform?.architecture === ARCHITECTURE);
  if (first.manifests !== undefined && fitting === undefined)
    return otherPlatform(
      address,
      first.manifests.map(({ platform }) => platform?.architecture ?? 'unknown').join(', '),
    );
  const manifest = fitting === undefined ? first : await manifestOf({ imageDigest: fitting.digest });
  const bytes = (manifest?.layers ?? []).reduce((all, { size = 0 }) => all + size, 0);
  if (bytes > LARGEST_BYTES) return tooLarge(address, bytes);
  if (fitting === undefined) {
    const { digest = '' } = manifest?.config ?? {};
    const { architecture } = await read('GetDownloadUrlForLayer', ({ reads }) =>
      reads.configuration(image, digest, context.signal),
    );
    if (architecture !== ARCHITECTURE) return otherPlatform(address, architecture ?? 'unknown');
  }
  return { name, status: 'pass', message: `${address} is there, for ${ARCHITECTURE}, with ${megabytes(bytes)} MB.` };
}

const absent = (address: string): CheckFinding => ({
  name,
  status: 'fail',
  message: `${address} is not in its repository.`,
  fix: 'Push it there, or correct its tag or digest.',
});

const otherPlatform = (address: string, platforms: string): CheckFinding => ({
  name,
  status: 'fail',
  message: `${address} is for ${platforms}; AgentCore runs ${ARCHITECTURE} alone.`,
  fix: `Build it for linux/${ARCHITECTURE} (\`docker buildx build --platform linux/${ARCHITECTURE} ...\`), and push it again.`,
});

const tooLarge = (address: string, bytes: number): CheckFinding => ({
  name,
  status: 'fail',
  message: `${address} has ${megabytes(bytes)} MB; AgentCore takes ${megabytes(LARGEST_BYTES)} MB.`,
  fix: 'Leave out of the image what the agent does not need.',
});

function unseen({ image }: Looked, why: string): CheckFinding {
  const { account, region, repository, id } = image;
  const [[key, value] = []] = Object.entries(id);
  const fix = `Look yourself: aws ecr describe-images --registry-id ${account} --region ${region} --repository-name ${repository} --image-ids ${key}=${value}`;
  return { name, status: 'warn', message: `Whether the image is there could not be told: ${why}`, fix };
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 1_000_000);
