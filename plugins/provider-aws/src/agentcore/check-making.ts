// Tries, by reads alone, whether agent runtimes could be made for tasks. What only a create would tell is said, not tried.
import type { CheckFinding, DispatchRequest, DriverContext } from '@agent-dispatch/core/provider';
import type { AwsCalls } from './aws-calls.js';
import { readSettings, type RuntimeSettings } from './runtime/settings.js';
import { optional, tried } from './tried.js';

export async function checkMaking(
  calls: AwsCalls,
  request: DispatchRequest,
  { context, credentials }: { context: DriverContext; credentials: readonly CheckFinding[] },
): Promise<CheckFinding[]> {
  const settings = await tried('target', async () => readSettings(request, calls.errors));
  if ('finding' in settings) return [settings.finding];
  const { image } = settings.value;
  const read: CheckFinding = { name: 'target', status: 'pass', message: `Agent runtimes are made of ${image}.` };
  if (credentials.some(({ status }) => status === 'fail')) return [read];
  return [read, ...placeFindings(settings.value, calls, context), await checkList(calls, context), imageFinding(image)];
}

/** Without the list, what a lost answer made cannot be found again. */
async function checkList(calls: AwsCalls, context: DriverContext): Promise<CheckFinding> {
  const kind = { action: 'bedrock-agentcore:ListAgentRuntimes', resource: '*' };
  const listed = await tried('list', () =>
    calls.control(context, kind, (control) => control.runtimes(undefined, context.signal)),
  );
  if ('finding' in listed) return optional(listed.finding, listed.code);
  return { name: 'list', status: 'pass', message: 'Agent runtimes can be listed.' };
}

const ECR_IMAGE =
  /^(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?\/([^:@]+)(?::([^@]+))?(?:@(sha256:[0-9a-f]{64}))?$/;

/** Not looked up: that would take one more AWS client, for one read. */
function imageFinding(image: string): CheckFinding {
  const name = 'image';
  const [, account = '', region = '', repository = '', tag = 'latest', digest] = ECR_IMAGE.exec(image) ?? [];
  if (account === '') {
    const fix = 'Push the image to a repository of Amazon ECR, and name it by its address there.';
    return { name, status: 'fail', message: `${image} is no image of Amazon ECR.`, fix };
  }
  const id = digest === undefined ? `imageTag=${tag}` : `imageDigest=${digest}`;
  const fix = `aws ecr describe-images --registry-id ${account} --region ${region} --repository-name ${repository} --image-ids ${id}`;
  return { name, status: 'warn', message: 'Whether the image is there, and for ARM64, was not looked up.', fix };
}

function placeFindings({ roleArn, image }: RuntimeSettings, calls: AwsCalls, context: DriverContext): CheckFinding[] {
  const { account } = calls.clients(context);
  const { expectedAccountId: expected } = account;
  const [, roleAccount] = /:iam::(\d{12}):/.exec(roleArn) ?? [];
  const [, , imageRegion] = ECR_IMAGE.exec(image) ?? [];
  return [
    ...(expected !== undefined && roleAccount !== expected
      ? [
          {
            name: 'role',
            status: 'fail' as const,
            message: `${roleArn} belongs to AWS account ${roleAccount ?? 'of no number'}, account ${account.name} expects ${expected}.`,
            fix: 'Name a role of the same account in roleArn.',
          },
        ]
      : []),
    ...(imageRegion !== undefined && imageRegion !== account.region
      ? [
          {
            name: 'region',
            status: 'warn' as const,
            message: `The image is in ${imageRegion}, agent runtimes are made in ${account.region}.`,
            fix: `Push the image to ${account.region} too, or use an account profile for ${imageRegion}.`,
          },
        ]
      : []),
  ];
}
