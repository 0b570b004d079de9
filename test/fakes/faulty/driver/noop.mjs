// Work without effect: nothing is read, written or sent, so that benchmarks measure the host alone. Who wants to know what
// was begun and ended subscribes to the diagnostics channel; only then is more remembered than what was cancelled.
import { channel } from 'node:diagnostics_channel';

/** Told `{ type: 'begun' | 'ended', name, taskId }`. */
const happened = channel('agentdispatch-faulty:noop');

/** Attempts that were stopped in this process: there is no other place where work that is nothing could have ended. */
const stopped = new Set();
/** Filled only while somebody counts. */
const begun = new Set();

const ENDS = {
  'at-once': { type: 'ended', outcome: 'succeeded', result: { text: 'nothing to do' } },
  badly: { type: 'ended', outcome: 'failed', error: { code: 'AD_TASK_FAILED', message: 'there was nothing to do' } },
  never: undefined,
};

const nameOf = ({ installationId, taskId, attempt }) => `${installationId}/${taskId}/${attempt}`;

function tell(type, context) {
  if (!happened.hasSubscribers) return;
  const name = nameOf(context);
  if (type === 'begun' && begun.has(name)) return;
  if (type === 'ended' && !begun.has(name)) return;
  begun.add(name);
  happened.publish({ type, name, taskId: context.taskId });
}

async function* follow({ data }, context) {
  if (stopped.has(nameOf(context))) {
    yield { type: 'ended', outcome: 'cancelled' };
    return;
  }
  const end = ENDS[data.ends];
  if (end === undefined) {
    yield { type: 'attached' };
    if (!context.signal.aborted) await aborted(context.signal);
    return;
  }
  tell('ended', context);
  yield end;
}

const aborted = (signal) => new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));

export const noop = (errors) => ({
  plan({ target }) {
    const ends = target.details?.ends ?? 'at-once';
    if (Object.hasOwn(ENDS, ends)) return { version: 1, data: { ends }, resources: [] };
    throw errors.create(
      'AD_PROVIDER_TARGET_INVALID',
      `/target/details/ends is none of ${Object.keys(ENDS).join(', ')}`,
    );
  },

  async *provision() {},

  async *start(handle, context) {
    if (!stopped.has(nameOf(context))) tell('begun', context);
    yield* follow(handle, context);
  },

  async *resume(handle, context) {
    if (happened.hasSubscribers && !begun.has(nameOf(context))) {
      yield { type: 'not_started', proof: 'Nothing of this name was begun in this process.' };
    } else yield* follow(handle, context);
  },

  async cancel({ data }, context) {
    if (data.ends === 'never') stopped.add(nameOf(context));
    tell('ended', context);
    return 'stopped';
  },

  cleanup: async () => [],

  check: async () => [{ name: 'noop', status: 'pass', message: 'There is nothing that could fail.' }],

  async *sweep() {},
});
