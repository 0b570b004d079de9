import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Host } from './testdata/host.js';
import { Feed } from './testdata/scripted-driver.js';

let host: Host;
beforeEach(async () => {
  host = await Host.start();
});
afterEach(() => host.stop());

it('nothing is begun in the cloud while it is in doubt who owns the tasks', async () => {
  const provisioning = new Feed();
  host.driver.provisioning = provisioning.follow;
  const taskId = await host.submit();
  await host.until(taskId, 'provisioning');
  host.store.doubt();
  provisioning.close();
  await host.until(taskId, 'starting');
  await host.clock.advance(60_000);
  expect(host.driver.verbs()).toEqual(['provision']);
  host.store.confirm();
  await host.clock.advance(1_000);
  expect(await host.record(taskId)).toMatchObject({ status: 'succeeded', cleanup: { state: 'done' } });
  expect(host.driver.verbs()).toEqual(['provision', 'start', 'cleanup']);
});
