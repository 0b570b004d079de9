// Jobs that bear a name of ours: starting one again finds it, and so does looking for it.
import { call } from './calls.mjs';
import { readDetails } from './details.mjs';
import { follow, placeOf } from './follow.mjs';
import { json, machineVerbs } from './machine.mjs';

export const keyed = (errors) => ({
  ...machineVerbs(errors),

  async *start({ data }, context) {
    const { work } = readDetails(errors, context.request);
    const path = `/jobs/${data.name}`;
    const body = { name: data.name, machine: data.machine, work, secrets: context.secrets };
    await json(call(errors, context, { method: 'PUT', path, body }));
    yield { type: 'attached' };
    yield* events(errors, data.name, context);
  },

  async *resume({ data }, context) {
    const found = await call(errors, context, { method: 'GET', path: `/jobs/${data.name}`, expected: [404, 410] });
    await found.body?.cancel();
    if (found.status === 410) yield { type: 'unknown', reason: 'The cloud has forgotten the job.' };
    else if (found.status === 404)
      yield { type: 'not_started', proof: 'No job bears the name; one that comes late is the same job.' };
    else {
      yield { type: 'attached' };
      yield* events(errors, data.name, context);
    }
  },
});

export async function* events(errors, job, context) {
  const after = placeOf(context);
  const path = `/jobs/${job}/events?after=${after}`;
  yield* follow(await call(errors, context, { method: 'GET', path }), after, context.signal);
}
