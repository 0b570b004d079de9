// A real dispatcher over the fault-injecting provider: the cloud kills it in the middle of a start, and tells what came of it.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { FAULTY_PROVIDER, startFaultyCloud, type FaultyCloud } from '@agent-dispatch/test/fakes/faulty/index.js';
import { startMcp } from './support/mcp.js';
import { Place } from './support/place.js';
import { processesWith, untilGone } from './support/processes.js';

const TEST_MS = 120_000;

let cloud: FaultyCloud;
let place: Place;
beforeEach(async () => {
  cloud = await startFaultyCloud();
  place = await Place.make(undefined);
  const runtime = (driver: string) => ({
    account: 'cloud',
    driver,
    capability: 'agent-runtime' as const,
    target: { mode: 'runtime' as const, protocol: 'stdio' as const },
  });
  await place.configure({
    plugins: [FAULTY_PROVIDER],
    accounts: { cloud: { provider: 'faulty', url: cloud.url } },
    runtimes: { keyed: runtime('keyed'), numbered: runtime('numbered'), streamed: runtime('streamed') },
  });
});
afterEach(async () => {
  await place.end();
  await cloud.close();
}, TEST_MS);

describe('a dispatcher that dies between the effect of a start and its answer', () => {
  it.each([
    ['keyed', 'succeeded'],
    ['numbered', 'succeeded'],
    ['streamed', 'lost'],
  ])(
    'is replaced, and the task of %s ends %s, begun once and cleaned up',
    async (runtime, status) => {
      const mcp = await startMcp(place);
      const faults = [{ at: 'start', kind: 'kill-host' }];
      const task = await mcp.spawn({ instruction: 'Work.', runtime, target_details: { faults } });
      await cloud.when(() => cloud.executions(task.task_id).length > 0);
      const [killed] = cloud.log.map(({ hostPid }) => hostPid);
      await untilGone(async () => (await processesWith(place.path('bin'))).filter(({ pid }) => pid === killed));
      expect(await mcp.ended(task.task_id)).toMatchObject({ status });
      await cloud.when(() => cloud.alive().length === 0);
      expect(cloud.executions(task.task_id)).toHaveLength(1);
      const hosts = new Set(cloud.log.map(({ hostPid }) => hostPid));
      expect(hosts.size).toBe(2);
    },
    TEST_MS,
  );
});
