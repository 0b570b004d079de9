// Waits until an agent runtime, and then its endpoint, are READY. Tells each new status.
import type { DriverContext, DriverEvent } from '@agent-dispatch/core/provider';
import type { AwsCalls } from '../aws-calls.js';
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
const FAILED: readonly (string | undefined)[] = ['CREATE_FAILED', 'DELETING', 'DELETE_FAILED'];

/** Errors: AD_PROVIDER_AGENT_FAILED with the service's reason; AD_PROVIDER_NOT_FOUND. */
export async function* untilReady(
  calls: AwsCalls,
  { runtimeArn, qualifier }: { runtimeArn: string; qualifier: string },
  context: DriverContext,
): AsyncGenerator<DriverEvent> {
  const id = runtimeIdOf(runtimeArn);
  const runtimeKind = { action: 'bedrock-agentcore:GetAgentRuntime', resource: runtimeArn };
  yield* watch(calls, context, `The agent runtime ${id}`, () =>
    calls.call(context, runtimeKind, ({ control }) => control.runtime(id, context.signal)),
  );
  const endpointKind = { action: 'bedrock-agentcore:GetAgentRuntimeEndpoint', resource: runtimeArn };
  yield* watch(calls, context, `The endpoint ${qualifier} of ${id}`, () =>
    calls.call(context, endpointKind, ({ control }) => control.endpoint(id, qualifier, context.signal)),
  );
}

async function* watch(
  calls: AwsCalls,
  context: DriverContext,
  what: string,
  look: () => Promise<Look>,
): AsyncGenerator<DriverEvent> {
  const pause = pauses(context);
  let told: string | undefined;
  for (let looks = 1; ; looks += 1) {
    const { status, failureReason } = await patiently(context, () => orUnseen(look, looks));
    if (FAILED.includes(status)) {
      const message = `${what} is ${status ?? ''}: ${failureReason ?? 'the service gives no reason'}.`;
      const hint = 'Correct what the reason names: the image, its platform (ARM64), the role, or the network.';
      throw calls.errors.create('AD_PROVIDER_AGENT_FAILED', message, { hint });
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
