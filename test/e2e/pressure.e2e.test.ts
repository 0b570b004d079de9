// What one caller or one driver does must not hurt the others: instructions at the limit, and a driver that blocks.
import { afterEach, describe, expect, it } from '@jest/globals';
import type { Config } from '@agent-dispatch/schemas';
import { type LocalPlace, makeLocalPlace, openAll } from './support/local.js';
import { startMcp } from './support/mcp.js';
import { driverCode, writePlugin } from './support/plugins.js';

const TEST_MS = 120_000;
const MEGABYTE = 1_000_000;

let local: LocalPlace;
afterEach(() => local.place.end(), TEST_MS);

describe('an instruction near the limit', () => {
  it(
    'is refused by name above it, with the server still up, and works below it',
    async () => {
      local = await makeLocalPlace({ chunks: 0 });
      const mcp = await startMcp(local.place);
      const refused = await mcp.refusal('spawn_cloud_agent', { instruction: 'x'.repeat(Math.ceil(4.2 * MEGABYTE)) });
      expect(refused).toMatchObject({
        code: 'AD_INPUT_TOO_LARGE',
        problems: [{ pointer: '/instruction' }],
        hint: expect.stringContaining('inputs') as unknown,
      });
      expect((await mcp.call('list_tasks')).tasks).toEqual([]);

      const instruction = 'y'.repeat(3.9 * MEGABYTE);
      const { task_id: id } = await mcp.spawn({ instruction });
      expect(await mcp.ended(id)).toMatchObject({ status: 'succeeded' });
      const { result } = await mcp.call('get_task_result', { task_id: id });
      expect(result).toBe(`read ${String(instruction.length)} bytes\n`);
    },
    TEST_MS,
  );

  it(
    'is refused by name too when the whole message is more than a server can buffer',
    async () => {
      local = await makeLocalPlace({ chunks: 0 });
      const mcp = await startMcp(local.place);
      const tooMuch = mcp.call('spawn_cloud_agent', { instruction: 'z'.repeat(11 * MEGABYTE) });
      await expect(tooMuch).rejects.toMatchObject({
        message: expect.stringContaining('AD_INPUT_TOO_LARGE') as unknown,
      });
      expect((await mcp.call('list_tasks')).tasks).toEqual([]);
    },
    TEST_MS,
  );
});

describe('a driver that blocks in provision', () => {
  const slow: Config = {
    accounts: { elsewhere: { provider: 'slow' } },
    runtimes: {
      slow: {
        account: 'elsewhere',
        driver: 'main',
        capability: 'agent-runtime',
        target: { mode: 'session', protocol: 'stdio' },
      },
    },
  };

  it(
    'delays neither the acknowledgement nor another task, and is ended by a cancel',
    async () => {
      local = await makeLocalPlace({ more: { ...slow, plugins: ['./plugins/provider-slow'] } });
      const { place, gate } = local;
      const marker = JSON.stringify(`${gate.url}/provisioning`);
      await writePlugin(place, {
        provider: 'slow',
        code: driverCode(`await fetch(${marker}); await context.clock.sleep(30000, context.signal);`),
      });
      gate.open('provisioning');
      const mcp = await startMcp(place);

      const blocked = await mcp.spawn({ instruction: 'Wait.', runtime: 'slow' });
      expect(blocked).toMatchObject({ terminal: false, provider: 'slow' });
      await gate.reached('provisioning');

      openAll(gate);
      const { task_id: other } = await mcp.spawn({ instruction: 'Go on.' });
      expect(await mcp.ended(other)).toMatchObject({ status: 'succeeded' });

      // Were the block over by now, none of the above would have shown anything.
      const task = await mcp.call('get_task_status', { task_id: blocked.task_id });
      expect(task).toMatchObject({ status: 'provisioning' });
      await mcp.call('cancel_task', { task_id: blocked.task_id });
      expect(await mcp.ended(blocked.task_id)).toMatchObject({ status: 'cancelled' });
    },
    TEST_MS,
  );
});
