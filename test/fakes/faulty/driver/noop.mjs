// Work without effect: nothing is read, written or sent, so that benchmarks measure the host alone. Who wants to count its
// executions subscribes to the diagnostics channel.
import { channel } from 'node:diagnostics_channel';

/** Told `{ taskId, attempt }` of each execution. */
const executions = channel('agentdispatch-faulty:noop');

/** Attempts that were stopped in this process: there is no other place where work that is nothing could have ended. */
const stopped = new Set();
const begun = new Set();

const nameOf = ({ installationId, taskId, attempt }) => `${installationId}/${taskId}/${attempt}`;

async function* run({ data }, context) {
  if (stopped.has(nameOf(context))) yield { type: 'ended', outcome: 'cancelled' };
  else if (data.ends === 'at-once') yield { type: 'ended', outcome: 'succeeded', result: { text: 'nothing to do' } };
  else {
    yield { type: 'attached' };
    if (!context.signal.aborted) await aborted(context.signal);
  }
}

const aborted = (signal) => new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));

const ENDS = ['at-once', 'never'];

export const noop = (errors) => ({
  plan({ target }) {
    const ends = target.details?.ends ?? 'at-once';
    if (ENDS.includes(ends)) return { version: 1, data: { ends }, resources: [] };
    throw errors.create('AD_PROVIDER_TARGET_INVALID', `/target/details/ends is none of ${ENDS.join(', ')}`);
  },

  async *provision() {},

  async *start(handle, context) {
    const name = nameOf(context);
    if (executions.hasSubscribers && !stopped.has(name) && !begun.has(name)) {
      begun.add(name);
      executions.publish({ taskId: context.taskId, attempt: context.attempt });
    }
    yield* run(handle, context);
  },

  resume: run,

  async cancel({ data }, context) {
    if (data.ends === 'never') stopped.add(nameOf(context));
    return 'stopped';
  },

  cleanup: async () => [],

  check: async () => [{ name: 'noop', status: 'pass', message: 'There is nothing that could fail.' }],

  async *sweep() {},
});
