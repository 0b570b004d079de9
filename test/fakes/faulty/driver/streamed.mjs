// Jobs whose only output is the answer to the request that began them. Once it is lost, nobody can tell.
import { call } from './calls.mjs';
import { readDetails } from './details.mjs';
import { follow } from './follow.mjs';
import { machineVerbs } from './machine.mjs';

export const streamed = (errors) => ({
  ...machineVerbs(errors),

  async *start({ data }, context) {
    const { work } = readDetails(errors, context.request);
    const body = { machine: data.machine, work, name: data.name, secrets: context.secrets };
    yield* follow(await call(errors, context, { method: 'POST', path: '/streams', body }), 0, context.signal);
  },

  async *resume() {
    yield { type: 'unknown', reason: 'The answer was lost, and the cloud cannot be asked again.' };
  },
});
