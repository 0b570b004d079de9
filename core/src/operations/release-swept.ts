// Removal of what a sweep found and no task holds, with the handle that the sweep gave for it.
import type { CollectGarbageOutput, DispatchRequest } from '@agent-dispatch/schemas';
import { DEFAULT_LIMITS } from '../engine/index.js';
import { DispatchError, toDispatchError } from '../errors/index.js';
import type { DriverContext, Resource, SweptResource } from '../provider/index.js';
import { contextFor, type Ground } from './driver-context.js';
import type { Operations } from './operation.js';

type Released = Pick<CollectGarbageOutput['findings'][number], 'action' | 'proof' | 'error'>;

const CLEANUP_MS = 300_000;

/** What became of each of the resources found. Never throws. */
export async function releaseSwept(
  operations: Operations,
  ground: Ground,
  { handle, taskId }: SweptResource,
): Promise<(resource: Resource) => Released> {
  try {
    const driver = await ground.load();
    const context: DriverContext = {
      ...contextFor(operations, { ...ground, signal: AbortSignal.timeout(CLEANUP_MS) }),
      taskId: taskId ?? '',
      attempt: 0,
      deadline: operations.clock.now() + CLEANUP_MS,
      request: requestOf(ground),
    };
    const proofs = await driver.cleanup(handle.resources, handle, context);
    return ({ id }) => {
      const proof = proofs.find((given) => given.id === id)?.proof;
      return proof === undefined ? { action: 'failed', error: notYet(id) } : { action: 'removed', proof };
    };
  } catch (thrown) {
    const error = toDispatchError(thrown, 'AD_PROVIDER_INTERNAL').toJSON();
    const told = operations.redactor([]).json(error) as typeof error;
    return () => ({ action: 'failed', error: told });
  }
}

const notYet = (id: string): NonNullable<Released['error']> =>
  new DispatchError('AD_PROVIDER_UNAVAILABLE', `${id} could not be removed yet`, {
    hint: 'Ask again in a while.',
  }).toJSON();

/** Nothing of the request that once led to it is known: the handle says all. */
const requestOf = ({ account }: Ground): DispatchRequest => ({
  taskType: 'agent.run',
  capability: 'agent-runtime',
  account,
  target: { mode: 'runtime', protocol: 'stdio' },
  input: {},
  limits: { ...DEFAULT_LIMITS },
  retry: { maxAttempts: 1 },
});
