// The ledgers of all tasks together: who holds what, whichever account profile it was made with. Two profiles may lead to
// one place, and a profile may be gone from the configuration.
import type { TaskRecord } from '@agent-dispatch/schemas';
import { isDispatchError } from '../errors/index.js';
import type { SweptResource } from '../provider/index.js';
import type { StoredTask } from '../store/index.js';
import type { Operations } from './operation.js';

type Entry = TaskRecord['resources'][number];

/** Who holds something. Without `task`: its record cannot be read, so that nothing is known of what it needs. */
export interface Held {
  taskId: string;
  task?: StoredTask;
  entry?: Entry;
}

export interface Ledger {
  all(): Iterable<Held>;
  /** The task that holds any of what was found. */
  holderOf(provider: string, found: SweptResource): Promise<Held | undefined>;
}

export async function readLedger({ store, config }: Operations): Promise<Ledger> {
  const held = new Map<string, Held>();
  for (const account of Object.keys(config.config.accounts ?? {})) {
    for await (const task of store.handles(account)) {
      for (const entry of heldBy(task)) {
        const key = keyOf(task.record.route.provider, entry.resource.id);
        // Of several tasks that share one, whichever has not given it up speaks for it.
        const other = held.get(key);
        if (other === undefined || other.entry?.state === 'abandoned') {
          held.set(key, { taskId: task.record.taskId, task, entry });
        }
      }
    }
  }
  return {
    all: () => held.values(),
    async holderOf(provider, { handle, taskId }) {
      const ids = handle.resources.map(({ id }) => id);
      const named = ids.map((id) => held.get(keyOf(provider, id))).find((one) => one !== undefined);
      return named ?? (taskId === undefined ? undefined : await heldByItself(store, taskId, ids));
    },
  };
}

/** The task whose name it bears, whatever became of its account profile. */
async function heldByItself(
  store: Operations['store'],
  taskId: string,
  ids: readonly string[],
): Promise<Held | undefined> {
  try {
    const task = await store.get(taskId);
    const entry = task && heldBy(task).find(({ resource }) => ids.includes(resource.id));
    return task && entry && { taskId, task, entry };
  } catch (error) {
    if (!isDispatchError(error) || error.code !== 'AD_STORE_CORRUPT') throw error;
    return { taskId };
  }
}

const heldBy = ({ record }: StoredTask): Entry[] =>
  record.resources.filter(
    ({ state, resource }) => state !== 'released' && state !== 'left' && resource.scope !== 'borrowed',
  );

const keyOf = (provider: string, id: string): string => JSON.stringify([provider, id]);
