// A message that was posted while nobody owned its task: whoever takes the task up reads it before anything else.
import { afterEach, expect, it } from '@jest/globals';
import { Host } from './testdata/host.js';

const hosts: Host[] = [];
afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
});

it('is sent by the next process, and has the receipt of that and not of the former one', async () => {
  const first = await Host.start();
  const { driver } = first;
  driver.starting = async function* (_handle, { signal }) {
    yield { type: 'attached' };
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
  };
  driver.resuming = driver.starting;
  const taskId = await first.submit({ route: { send: 'at-most-once' } });
  await first.until(taskId, 'running');
  await first.engine.stop();
  const body = { messageId: 'm', text: 'hurry' };
  await first.store.post(taskId, { commandId: 'm', kind: 'message', body });
  await first.store.close();

  const second = await first.successor();
  hosts.push(second);
  await second.eventually(async () => (await second.events(taskId)).some(({ type }) => type === 'receipt'));
  expect((await second.record(taskId)).messages).toMatchObject([{ messageId: 'm', state: 'delivered' }]);
  expect(driver.messages).toHaveLength(1);
});
