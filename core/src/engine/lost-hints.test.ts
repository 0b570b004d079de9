import { afterEach, expect, it } from '@jest/globals';
import { Host } from './testdata/host.js';
import { Feed } from './testdata/scripted-driver.js';

let host: Host;
afterEach(() => host.stop());

it('tasks and commands of which no hint came are found all the same', async () => {
  host = new Host();
  host.store.watch = () => () => undefined;
  host.driver.starting = new Feed().follow;
  await host.store.open();
  host.engine.start();
  const taskId = await host.submit();
  await host.clock.advance(5_000);
  expect((await host.record(taskId)).status).toBe('starting');
  await host.cancel(taskId);
  await host.clock.advance(10_000);
  expect((await host.record(taskId)).status).toBe('cancelled');
});
