// Removes an agent runtime: custom endpoints first, then the runtime, until the service says that it is not found.
import { randomUUID } from 'node:crypto';
import type { DriverContext, Handle } from '@agent-dispatch/core/provider';
import { isNotFound, isStateChanging } from '../../aws/errors.js';
import type { AwsCalls } from '../aws-calls.js';
import { dataOf } from '../handle.js';
import { runtimeIdOf } from '../target.js';
import { patiently, pauses } from '../patience.js';

/** How long after it was sent a create may still land. */
const SETTLE_MS = 30_000;
/** How often a removal that fails is asked for again before that is told. */
const MOST_FAILURES = 3;
/** Looks before whoever asks is told "not yet". */
const MOST_LOOKS = 60;

const DEFAULT_ENDPOINT = 'DEFAULT';

/**
 * True once it is not found; false: not yet.
 * @param handle with the ARN, if there is a runtime at all.
 * @param searchedAt when the search for that began: what landed later was not seen.
 * Errors: AD_PROVIDER_CONFLICT when it cannot be removed, with the reason.
 */
export async function removeRuntime(
  calls: AwsCalls,
  { handle, searchedAt }: { handle: Handle; searchedAt: number },
  context: DriverContext,
): Promise<boolean> {
  const { made, runtimeArn } = dataOf(handle);
  if (runtimeArn !== undefined) return removeById(calls, runtimeIdOf(runtimeArn), context);
  return searchedAt >= (made?.intendedAt ?? -Infinity) + SETTLE_MS;
}

async function removeById(calls: AwsCalls, id: string, context: DriverContext): Promise<boolean> {
  const pause = pauses(context);
  let failures = 0;
  for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
    const state = await look(calls, id, context);
    if (state === undefined) return true;
    const { status, failureReason } = state;
    if (status === 'DELETE_FAILED' && (failures += 1) > MOST_FAILURES) {
      const message = `The agent runtime ${id} cannot be deleted: ${failureReason ?? 'the service gives no reason'}.`;
      throw calls.errors.create('AD_PROVIDER_CONFLICT', message, { hint: 'Delete it in the AgentCore console.' });
    }
    // While its state changes, a delete is refused.
    if (!(status ?? '').endsWith('ING') && (await removeEndpoints(calls, id, context))) {
      await requestDelete(calls, id, context);
      if ((await look(calls, id, context)) === undefined) return true;
    }
    await pause();
  }
  return false;
}

/** Undefined: not found. */
function look(
  calls: AwsCalls,
  id: string,
  context: DriverContext,
): Promise<{ status?: string | undefined; failureReason?: string | undefined } | undefined> {
  const kind = { action: 'bedrock-agentcore:GetAgentRuntime', resource: `runtime ${id}` };
  return patiently(context, () =>
    calls.control(context, kind, (control) => orNotFound(control.runtime(id, context.signal))),
  );
}

/** True when none but DEFAULT is left, which goes with the runtime and cannot be deleted. */
async function removeEndpoints(calls: AwsCalls, id: string, context: DriverContext): Promise<boolean> {
  const custom = (await endpointsOf(calls, id, context)).filter(({ name }) => name !== DEFAULT_ENDPOINT);
  const kind = { action: 'bedrock-agentcore:DeleteAgentRuntimeEndpoint', resource: `runtime ${id}` };
  for (const { name = '', status = '' } of custom) {
    if (status.endsWith('ING')) continue;
    await patiently(context, () =>
      calls.control(context, kind, (control) =>
        unlessChanging(control.deleteEndpoint({ runtimeId: id, name }, randomUUID(), context.signal)),
      ),
    );
  }
  return custom.length === 0;
}

async function endpointsOf(
  calls: AwsCalls,
  id: string,
  context: DriverContext,
): Promise<{ name?: string | undefined; status?: string | undefined }[]> {
  const kind = { action: 'bedrock-agentcore:ListAgentRuntimeEndpoints', resource: `runtime ${id}` };
  const all: { name?: string | undefined; status?: string | undefined }[] = [];
  let nextToken: string | undefined;
  do {
    const token = nextToken;
    const page = await patiently(context, () =>
      calls.control(context, kind, (control) => orNotFound(control.endpoints(id, token, context.signal))),
    );
    all.push(...(page?.items ?? []));
    nextToken = page?.nextToken;
  } while (nextToken !== undefined);
  return all;
}

/** Each time under a token of its own: the service answers a used one from memory, also after the delete has failed. */
async function requestDelete(calls: AwsCalls, id: string, context: DriverContext): Promise<void> {
  const kind = { action: 'bedrock-agentcore:DeleteAgentRuntime', resource: `runtime ${id}` };
  await patiently(context, () =>
    calls.control(context, kind, (control) => unlessChanging(control.deleteRuntime(id, randomUUID(), context.signal))),
  );
}

async function orNotFound<Answer>(call: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Gone already, or its state is changing: the next look tells. */
async function unlessChanging(call: Promise<void>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isNotFound(error) && !isStateChanging(error)) throw error;
  }
}
