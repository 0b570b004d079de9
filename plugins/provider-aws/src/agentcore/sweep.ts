// Lists the agent runtimes that any installation made here. Sessions are not in it: the service has no list of them; the
// ledger has, and their runtime ends them.
import type { SweepContext, SweptResource } from '@agent-dispatch/core/provider';
import { isNotFound } from '../aws/errors.js';
import type { AwsCalls } from './aws-calls.js';
import { handleOf, RUNTIME_KIND } from './handle.js';
import { isRuntimeName, sessionIdFor } from './names.js';
import { listRuntimes, readTags } from './runtime/find.js';
import { ownershipOf } from './runtime/tags.js';

export async function* findRuntimes(calls: AwsCalls, context: SweepContext): AsyncGenerator<SweptResource> {
  for await (const { agentRuntimeName: name, agentRuntimeArn: arn, lastUpdatedAt } of listRuntimes(calls, context)) {
    if (name === undefined || arn === undefined || !isRuntimeName(name)) continue;
    const owner = ownershipOf((await tagsIfThere(calls, context, arn)) ?? {});
    if (owner === undefined) continue;
    const { installationId, taskId, attempt } = owner;
    const session = taskId !== undefined &&
      attempt !== undefined && { sessionId: sessionIdFor({ installationId, taskId, attempt }) };
    yield {
      handle: handleOf({ runtimeArn: arn, qualifier: 'DEFAULT', ...session }, [
        { id: name, kind: RUNTIME_KIND, scope: 'attempt' },
      ]),
      installationId,
      ...(taskId !== undefined && { taskId }),
      // Nobody updates it, so that is when it was made.
      ...(lastUpdatedAt !== undefined && { createdAt: lastUpdatedAt.getTime() }),
    };
  }
}

/** Undefined: it went away in the meantime. */
async function tagsIfThere(
  calls: AwsCalls,
  context: SweepContext,
  arn: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    return await readTags(calls, context, arn);
  } catch (error) {
    if (isNotFound((error as { cause?: unknown }).cause)) return undefined;
    throw error;
  }
}
