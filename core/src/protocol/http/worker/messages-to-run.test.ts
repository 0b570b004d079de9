import { describe, expect, it } from '@jest/globals';
import { DispatchError } from '../../../errors/index.js';
import type { Channel } from '../../../provider/index.js';
import { httpProtocolDriver } from '../http-driver.js';
import { contextFor, HANDLE } from '../testdata/loopback-agent.js';
import { context, finished, passTime, slept, start, startWorker, worker } from '../testdata/worker-ground.js';

describe('a message', () => {
  const message = { id: 'm1', text: 'hello' };
  const send = () => httpProtocolDriver.send?.(worker.channel, HANDLE, message, context());
  const begin = async (): Promise<void> => {
    await startWorker(async (work) => ({ result: await work.hear() }));
    for await (const event of start()) if (event.type === 'attached') break;
  };

  it('whose answer is lost is sent again, and has its effect once', async () => {
    await begin();
    let cuts = 2;
    worker.fault = (call, response) => {
      if (call.agentdispatch !== 'send' || cuts === 0) return false;
      cuts -= 1;
      worker.run.send(call.message);
      response.destroy();
      return true;
    };
    expect(await send()).toEqual({ state: 'delivered' });
    expect(worker.run.events.at(-1)).toMatchObject({ type: 'ended', result: { text: 'hello' } });
  });

  it('that is never answered has an unknown effect, after half a minute of tries', async () => {
    await begin();
    worker.fault = (_call, response) => {
      response.destroy();
      return true;
    };
    expect(await send()).toEqual({ state: 'unknown', reason: expect.any(String) });
    expect(slept).toEqual([1000, 2000, 4000, 8000]);
  });

  it.each([
    ['unknown_run', 'rejected'],
    ['ended', 'rejected'],
    ['internal', 'unknown'],
  ] as const)('that is refused (%s) is %s, with the reason', async (code, state) => {
    await begin();
    worker.fault = (_call, response) => {
      worker.sendJson(response, { error: { code, message: 'because' } });
      return true;
    };
    expect(await send()).toEqual({ state, reason: 'because' });
  });

  it('whose answer is lost with the machine has an unknown effect', async () => {
    await begin();
    worker.fault = (call, response) => {
      if (call.agentdispatch !== 'send') return false;
      worker.run.send(call.message);
      worker.reboot();
      worker.fault = () => false;
      response.destroy();
      return true;
    };
    expect(await send()).toEqual({ state: 'unknown', reason: expect.any(String) });
  });

  it('is rejected with the error of a channel that is certain', async () => {
    await startWorker(finished);
    const denied = new DispatchError('AD_PROVIDER_DENIED', 'no');
    const channel: Channel = { fetch: () => Promise.reject(denied) };
    await expect(httpProtocolDriver.send?.(channel, HANDLE, message, context())).rejects.toBe(denied);
  });

  it('is not taken by agents that are not ours', async () => {
    await startWorker(finished);
    const receipt = await httpProtocolDriver.send?.(worker.channel, HANDLE, message, contextFor());
    expect(receipt).toEqual({ state: 'rejected', reason: expect.any(String) });
    expect(worker.calls).toEqual([]);
  });
});

describe('a cancel', () => {
  const cancel = () => httpProtocolDriver.cancel?.(worker.channel, HANDLE, context());

  it('has stopped the work when the worker says so', async () => {
    await startWorker(async () => await new Promise(() => undefined));
    for await (const event of start()) if (event.type === 'attached') break;
    expect(await cancel()).toBe('stopped');
    expect(worker.run.state).toBe('cancelled');
  });

  it('is only asked for where the work has not ended yet', async () => {
    await startWorker(async () => await new Promise(() => undefined));
    for await (const event of start()) if (event.type === 'attached') break;
    worker.fault = (_call, response) => {
      worker.sendJson(response, { state: 'running' });
      return true;
    };
    expect(await cancel()).toBe('requested');
  });

  it('is only asked for where the answer begins, and does not end in time', async () => {
    await startWorker(finished);
    const channel: Channel = {
      ...worker.channel,
      // What is broken off just ends, as a body does that nobody else watches.
      fetch: async () => {
        setImmediate(() => passTime.splice(0).forEach((pass) => pass()));
        return new Response(new ReadableStream(), { headers: { 'content-type': 'application/json' } });
      },
    };
    expect(await httpProtocolDriver.cancel?.(channel, HANDLE, context())).toBe('requested');
  });

  it('of what nobody knows does nothing', async () => {
    await startWorker(finished);
    expect(await cancel()).toBe('unsupported');
  });

  it('of agents that are not ours is unsupported', async () => {
    await startWorker(finished);
    expect(await httpProtocolDriver.cancel?.(worker.channel, HANDLE, contextFor())).toBe('unsupported');
  });
});
