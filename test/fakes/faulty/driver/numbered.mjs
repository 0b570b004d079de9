// Jobs that the cloud numbers: the number is born during the start. Every start goes through the attempt's door; whoever
// shuts it knows that a request still under way will be turned away.
import { call } from './calls.mjs';
import { readDetails } from './details.mjs';
import { events } from './keyed.mjs';
import { json, machineVerbs } from './machine.mjs';

const PROOF = 'No job of the attempt exists, and its door was shut to every request sent before.';

export const numbered = (errors) => ({
  ...machineVerbs(errors),

  async *start(handle, context) {
    const { data } = handle;
    const { work } = readDetails(errors, context.request);
    const { door } = await json(call(errors, context, { method: 'GET', path: `/attempts/${data.name}/door` }));
    if (door === 'closed') {
      yield { type: 'ended', outcome: 'cancelled' };
      return;
    }
    const body = { machine: data.machine, work, name: data.name, door, secrets: context.secrets };
    const { job } = await json(call(errors, context, { method: 'POST', path: '/jobs', body }));
    yield { type: 'handle', handle: { ...handle, data: { ...data, job } } };
    yield { type: 'attached' };
    yield* events(errors, job, context);
  },

  async *resume(handle, context) {
    const { data } = handle;
    const path = `/attempts/${data.name}/shut`;
    const found = await call(errors, context, { method: 'POST', path, body: {}, expected: [410] });
    const { job, door } = await found.json();
    if (found.status === 410) yield { type: 'unknown', reason: 'The cloud has forgotten the job.' };
    else if (job === undefined && door === 'closed') yield { type: 'ended', outcome: 'cancelled' };
    else if (job === undefined) yield { type: 'not_started', proof: PROOF };
    else {
      yield { type: 'attached' };
      if (data.job === undefined) yield { type: 'handle', handle: { ...handle, data: { ...data, job } } };
      yield* events(errors, job, context);
    }
  },
});
