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
    let found = await look(errors, data.name, context);
    if (found === 404) {
      await context.clock.sleep(SETTLE_MS, context.signal);
      found = await look(errors, data.name, context);
    }
    if (found === 410) yield { type: 'unknown', reason: 'The cloud has forgotten the job.' };
    else if (found === 404)
      yield { type: 'not_started', proof: 'No job bears the name, and a request that was under way has had its time.' };
    else {
      yield { type: 'attached' };
      yield* events(errors, data.name, context);
    }
  },
});

/** As in the manifest. */
const SETTLE_MS = 1_000;

/** @returns 404: there is no such job. 410: the cloud denies it. */
async function look(errors, job, context) {
  const found = await call(errors, context, { method: 'GET', path: `/jobs/${job}`, expected: [404, 410] });
  await found.body?.cancel();
  return found.status;
}

export async function* events(errors, job, context) {
  const after = placeOf(context);
  const path = `/jobs/${job}/events?after=${after}`;
  yield* follow(await call(errors, context, { method: 'GET', path }), after, context.signal);
}
