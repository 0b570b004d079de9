// The verbs that all drivers with a machine share: make it, stop what runs for an attempt, remove it, look for lost ones.
import { call } from './calls.mjs';
import { MACHINE_KIND, planHandle } from './details.mjs';

const POLL_MS = 20;
/** After so many looks a stop that lingers is only asked for. */
const STOP_POLLS = 50;

export function machineVerbs(errors) {
  return {
    plan: (request, context) => planHandle(errors, request, context),

    async *provision({ data }, context) {
      const path = machinePath(data.machine);
      let machine = await json(call(errors, context, { method: 'PUT', path, body: { expiresAt: data.expiresAt } }));
      yield { type: 'progress', message: `machine ${data.machine} is ${machine.state}` };
      while (machine.state !== 'ready') {
        await pause(context);
        machine = await json(call(errors, context, { method: 'GET', path }));
      }
    },

    async cancel({ data }, context) {
      for (let polls = 0; polls < STOP_POLLS; polls += 1) {
        const path = `/attempts/${data.name}/stop`;
        const { running } = await json(call(errors, context, { method: 'POST', path, body: {} }));
        if (running === 0) return 'stopped';
        await pause(context);
      }
      return 'requested';
    },

    async cleanup(resources, _handle, context) {
      const proofs = [];
      for (const { id, kind } of resources) {
        if (kind !== MACHINE_KIND) throw new TypeError(`${id} is no machine`);
        if (await remove(errors, context, id)) proofs.push({ id, proof: 'verified' });
      }
      return proofs;
    },

    async check(_request, context) {
      const name = 'cloud';
      try {
        await call(errors, context, { method: 'GET', path: '/machines' });
        return [{ name, status: 'pass', message: 'The fake cloud answers.' }];
      } catch (error) {
        return [{ name, status: 'fail', message: String(error), fix: 'Start the fake cloud.' }];
      }
    },

    async *sweep(context) {
      const machines = await json(call(errors, context, { method: 'GET', path: '/machines' }));
      for (const { name, owner, createdAt, expiresAt } of machines) {
        const resource = { id: name, kind: MACHINE_KIND, scope: 'attempt', expiresAt };
        const handle = { version: 1, data: { name, machine: name, expiresAt }, resources: [resource] };
        yield { handle, installationId: owner.installationId, taskId: owner.taskId, createdAt };
      }
    },
  };
}

/** @returns whether it was seen to be absent. */
async function remove(errors, context, id) {
  const path = machinePath(id);
  const removed = await call(errors, context, { method: 'DELETE', path, expected: [404] });
  await removed.body?.cancel();
  if (removed.status === 404) return true;
  const seen = await call(errors, context, { method: 'GET', path, expected: [404] });
  await seen.body?.cancel();
  return seen.status === 404;
}

const machinePath = (name) => `/machines/${encodeURIComponent(name)}`;

export const json = async (response) => (await response).json();

async function pause({ clock, pace, signal }) {
  await clock.sleep(POLL_MS, signal);
  await pace();
}
