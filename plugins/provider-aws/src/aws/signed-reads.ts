// Reads of images in ECR and of roles in IAM, which a check alone needs: no client of these services is carried along for them.
import type { IncomingMessage } from 'node:http';
import type { AwsAccount } from '../account/account.js';
import type { CallerIdentity, SigningScope } from './caller-identity.js';
import { type PlainRequest, sendPlain } from './plain-https.js';

/** Where an image is: its registry, and the repository in it. */
export interface Repository {
  readonly account: string;
  readonly region: string;
  readonly domain: string;
  readonly repository: string;
}

/** What is read of a manifest: of one image, or of images for several platforms. */
export interface Manifest {
  readonly config?: { readonly digest?: string };
  readonly layers?: readonly { readonly size?: number }[];
  readonly manifests?: readonly {
    readonly digest?: string;
    readonly platform?: { readonly os?: string; readonly architecture?: string };
  }[];
}

const HEADERS_MS = 10_000;
/** Of manifests and configurations, which are read whole. */
const LONGEST_BYTES = 4_000_000;
const MEDIA_TYPES = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
];
/** IAM has one region in each partition. */
const IAM: Readonly<Record<string, { host: string; region: string }>> = {
  'aws-cn': { host: 'iam.cn-north-1.amazonaws.com.cn', region: 'cn-north-1' },
  'aws-us-gov': { host: 'iam.us-gov.amazonaws.com', region: 'us-gov-west-1' },
};
const IAM_ELSEWHERE = { host: 'iam.amazonaws.com', region: 'us-east-1' };

export class SignedReads {
  constructor(
    private readonly account: AwsAccount,
    private readonly identity: CallerIdentity,
  ) {}

  /** ecr:BatchGetImage. Undefined: there is no such image in the repository. */
  async manifest(place: Repository, imageId: object, signal: AbortSignal): Promise<Manifest | undefined> {
    const asked = { imageIds: [imageId], acceptedMediaTypes: MEDIA_TYPES };
    const answer = await this.#ecr(place, 'BatchGetImage', asked, signal);
    const { images = [] } = answer as { images?: { imageManifest?: string }[] };
    const [text] = images.map(({ imageManifest }) => imageManifest);
    return text === undefined ? undefined : (JSON.parse(text) as Manifest);
  }

  /** ecr:GetDownloadUrlForLayer, and what is there: the configuration of an image, which names its platform. */
  async configuration(place: Repository, layerDigest: string, signal: AbortSignal): Promise<{ architecture?: string }> {
    const answer = await this.#ecr(place, 'GetDownloadUrlForLayer', { layerDigest }, signal);
    const { downloadUrl = '' } = answer as { downloadUrl?: string };
    const limits = { signal, headersMs: HEADERS_MS };
    return JSON.parse(
      await textOf(await sendPlain({ method: 'GET', url: downloadUrl, headers: {} }, limits)),
    ) as object;
  }

  /** iam:GetRole: the policy that says who may assume the role. */
  async trust(roleArn: string, signal: AbortSignal): Promise<unknown> {
    const [, partition = 'aws', , , , name = ''] = roleArn.split(':');
    const { host, region } = IAM[partition] ?? IAM_ELSEWHERE;
    const query = { Action: 'GetRole', Version: '2010-05-08', RoleName: name.split('/').at(-1) ?? '' };
    const answer = await this.#send(
      {
        method: 'POST',
        url: this.account.endpoints.iam ?? `https://${host}`,
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: Buffer.from(new URLSearchParams(query).toString()),
      },
      { service: 'iam', region },
      signal,
    );
    const [, policy = ''] = /<AssumeRolePolicyDocument>([^<]*)</.exec(answer) ?? [];
    return JSON.parse(decodeURIComponent(policy));
  }

  async #ecr(place: Repository, operation: string, asked: object, signal: AbortSignal): Promise<unknown> {
    const { account, region, domain, repository } = place;
    const answer = await this.#send(
      {
        method: 'POST',
        url: this.account.endpoints.ecr ?? `https://api.ecr.${region}.${domain}`,
        headers: {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': `AmazonEC2ContainerRegistry_V20150921.${operation}`,
        },
        payload: Buffer.from(JSON.stringify({ registryId: account, repositoryName: repository, ...asked })),
      },
      { service: 'ecr', region },
      signal,
    );
    return JSON.parse(answer);
  }

  async #send(request: PlainRequest, scope: SigningScope, signal: AbortSignal): Promise<string> {
    const headers = await this.identity.sign(request, scope);
    return textOf(await sendPlain({ ...request, headers }, { signal, headersMs: HEADERS_MS }));
  }
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer) {
    chunks.push(chunk as Uint8Array);
    if ((size += (chunk as Uint8Array).byteLength) > LONGEST_BYTES) throw new Error(`over ${LONGEST_BYTES} bytes`);
  }
  return Buffer.concat(chunks).toString('utf8');
}
