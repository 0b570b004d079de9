// A provider whose work has no effect. Each time that it follows a task it notes which, in `followed` of its directory:
// the benchmark counts there, not in the host's records.
import { appendFileSync } from 'node:fs';
import path from 'node:path';

const RESULT = { type: 'ended', outcome: 'succeeded', result: { text: 'nothing to do' } };

/** The work runs until the host stops following it. */
async function* running({ taskId, directory, signal }) {
  appendFileSync(path.join(directory, 'followed'), `${taskId}\n`);
  yield { type: 'attached' };
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}

const noop = {
  plan: ({ target }) => ({ version: 1, data: { ends: target.details?.ends ?? 'at-once' }, resources: [] }),

  async *provision() {},

  async *start({ data }, context) {
    if (data.ends === 'never') yield* running(context);
    else yield RESULT;
  },

  resume: (_handle, context) => running(context),

  cancel: async () => 'stopped',

  cleanup: async () => [],
};

export default { apiVersion: 1, create: () => ({ drivers: { noop } }) };
