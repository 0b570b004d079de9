// Tries, by reads alone, whether agent runtimes could be made for tasks.
import type { CheckFinding, DispatchRequest, DriverContext } from '@agent-dispatch/core/provider';
import type { AwsCalls } from './aws-calls.js';
import { checkImage } from './check-image.js';
import { checkPermissions } from './check-permissions.js';
import { checkRole } from './check-role.js';
import { readEcrImage } from './ecr-image.js';
import { readSettings } from './runtime/settings.js';
import { optional, tried } from './tried.js';

/** @param accountId that the credentials reach; undefined: none could be found that does. */
export async function checkMaking(
  calls: AwsCalls,
  request: DispatchRequest,
  { context, accountId }: { context: DriverContext; accountId: string | undefined },
): Promise<CheckFinding[]> {
  const settings = await tried('target', async () => readSettings(request, calls.errors));
  if ('finding' in settings) return [settings.finding];
  const { image, roleArn } = settings.value;
  const read: CheckFinding = { name: 'target', status: 'pass', message: `Agent runtimes are made of ${image}.` };
  if (accountId === undefined) return [read];
  const findings = await Promise.all([
    regionFindings(image, calls, context),
    checkList(calls, context),
    checkPermissions(calls, accountId, context),
    checkImage(calls, image, context),
    checkRole(calls, { roleArn, accountId }, context),
  ]);
  return [read, ...findings.flat()];
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

async function regionFindings(image: string, calls: AwsCalls, context: DriverContext): Promise<CheckFinding[]> {
  const { region } = calls.clients(context).account;
  const { region: imageRegion = region } = readEcrImage(image) ?? {};
  if (imageRegion === region) return [];
  const message = `The image is in ${imageRegion}, agent runtimes are made in ${region}.`;
  const fix = `Push the image to ${region} too, or use an account profile for ${imageRegion}.`;
  return [{ name: 'region', status: 'warn', message, fix }];
}
