// Waits until an agent runtime, and then its endpoint, are READY. Tells each new status.
import type { DriverContext, DriverEvent, Handle } from '@agent-dispatch/core/provider';
import type { AwsCalls } from '../aws-calls.js';
import { dataOf } from '../handle.js';
import { runtimeIdOf } from '../target.js';
import { patiently, pauses } from '../patience.js';

interface Look {
  readonly status?: string | undefined;
  readonly failureReason?: string | undefined;
}

/** Looks during which a runtime that was just made may not be found yet. */
const UNSEEN_LOOKS = 5;

/** Serves calls, the last two with the version before. */
const SERVING: readonly (string | undefined)[] = ['READY', 'UPDATING', 'UPDATE_FAILED'];
/** Statuses that never become READY. */
const USELESS: Readonly<Record<string, { code: string; is: string; hint: string }>> = {
  CREATE_FAILED: {
    code: 'AD_PROVIDER_AGENT_FAILED',
    is: 'is CREATE_FAILED',
    hint: 'Correct what the reason names: the image, its platform (ARM64), the role, or the network.',
  },
  DELETING: {
    code: 'AD_PROVIDER_UNAVAILABLE',
    is: 'is being deleted (DELETING)',
    hint: 'Try again once it is gone: another one is made then.',
  },
  DELETE_FAILED: {
    code: 'AD_PROVIDER_CONFLICT',
    is: 'could not be deleted (DELETE_FAILED)',
    hint: 'Correct what the reason names, or delete it in the AgentCore console; then try again.',
  },
};

/**
 * Nothing is kept of a runtime that is of no use: whoever needs it next could not use it either.
 * @param handle with the ARN.
 * Errors: AD_PROVIDER_AGENT_FAILED or AD_PROVIDER_CONFLICT with the service's reason; AD_PROVIDER_UNAVAILABLE while it is
 * being deleted; AD_PROVIDER_NOT_FOUND.
 */
export async function* untilReady(
  calls: AwsCalls,
  handle: Handle,
  context: DriverContext,
): AsyncGenerator<DriverEvent> {
  const { runtimeArn = '', qualifier } = dataOf(handle);
  const id = runtimeIdOf(runtimeArn);
  const runtimeKind = { action: 'bedrock-agentcore:GetAgentRuntime', resource: runtimeArn };
  const seen = { handle, context, calls };
  yield* watch(seen, `The agent runtime ${id}`, () =>
    calls.control(context, runtimeKind, (control) => control.runtime(id, context.signal)),
  );
  const endpointKind = { action: 'bedrock-agentcore:GetAgentRuntimeEndpoint', resource: runtimeArn };
  yield* watch(seen, `The endpoint ${qualifier} of ${id}`, () =>
    calls.control(context, endpointKind, (control) => control.endpoint(id, qualifier, context.signal)),
  );
}

async function* watch(
  { handle, context, calls }: { handle: Handle; context: DriverContext; calls: AwsCalls },
  what: string,
  look: () => Promise<Look>,
): AsyncGenerator<DriverEvent> {
  const pause = pauses(context);
  let told: string | undefined;
  for (let looks = 1; ; looks += 1) {
    const { status, failureReason } = await patiently(context, () => orUnseen(look, looks));
    const useless = USELESS[status ?? ''];
    if (useless !== undefined) {
      yield { type: 'handle', handle: withoutKeep(handle) };
      const { code, is, hint } = useless;
      const reason = failureReason ?? 'the service gives no reason';
      throw calls.errors.create(code, `${what} ${is}: ${reason}.`, { hint });
    }
    if (status !== told) yield { type: 'progress', message: `${what} is ${status ?? 'not to be seen yet'}.` };
    told = status;
    if (SERVING.includes(status)) return;
    await pause();
  }
}

async function orUnseen(look: () => Promise<Look>, looks: number): Promise<Look> {
  try {
    return await look();
  } catch (error) {
    if ((error as { code?: string }).code === 'AD_PROVIDER_NOT_FOUND' && looks <= UNSEEN_LOOKS) return {};
    throw error;
  }
}

const withoutKeep = (handle: Handle): Handle => ({
  ...handle,
  resources: handle.resources.map(({ keepSeconds: _keep, ...resource }) => resource),
});
