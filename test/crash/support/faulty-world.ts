// Tasks in the fault-injecting cloud, none of whose faults are ordered here: its drivers differ in how work is found again.
import { FAULTY_PROVIDER, startFaultyCloud } from '@agent-dispatch/test/fakes/faulty/index.js';
import { Place } from '../../e2e/support/place.js';
import type { World } from './world.js';

const PADDING = 'x'.repeat(9_000);

export const makeFaultyWorld = (driver: 'keyed' | 'numbered' | 'streamed') => async (): Promise<World> => {
  const cloud = await startFaultyCloud();
  const place = await Place.make({
    plugins: [FAULTY_PROVIDER],
    accounts: { cloud: { provider: 'faulty', url: cloud.url } },
  });
  place.atEnd(() => cloud.close());
  return {
    place,
    env: place.env,
    offer: { resume: driver !== 'streamed' },
    request: (key, kind) => ({
      provider: 'faulty',
      driver,
      account_profile: 'cloud',
      capability: 'agent-runtime',
      task_type: 'agent.run',
      target: {
        mode: 'runtime',
        protocol: 'stdio',
        details: { work: { lines: 2, ends: kind === 'endless' ? 'when-told' : 'well' } },
      },
      input: { instruction: PADDING },
      idempotency_key: key,
    }),
    starts: (task) => cloud.executions(task?.taskId).length,
    leaks: async () => cloud.alive().map(({ kind, name }) => `${kind} ${name}`),
    isWhole: (_kind, { result, output }) => result === 'done' && output === 'line 1 of 2\nline 2 of 2\n',
  };
};
