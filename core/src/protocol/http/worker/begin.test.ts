import { describe, expect, it } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { DispatchError } from '../../../errors/index.js';
import type { Channel } from '../../../provider/index.js';
import { httpProtocolDriver } from '../http-driver.js';
import { collect, HANDLE } from '../testdata/loopback-agent.js';
import { digest } from '../testdata/loopback-worker.js';
import {
  asking,
  context,
  directory,
  finished,
  knownAt,
  MIB,
  slept,
  start,
  startWorker,
  stop,
  worker,
} from '../testdata/worker-ground.js';

describe('a start', () => {
  it('asks first, tells the names that lead back, and only then starts', async () => {
    await startWorker(finished);
    const events = start()[Symbol.asyncIterator]();
    expect((await events.next()).value).toEqual({
      type: 'handle',
      handle: { ...HANDLE, conversation: { bootId: 'boot-1', invocationId: expect.stringMatching(/^inv_/) } },
    });
    expect(worker.calls.map(({ agentdispatch }) => agentdispatch)).toEqual(['follow']);
    expect((await events.next()).value).toEqual({ type: 'attached' });
    expect(worker.callsOf('start')).toHaveLength(1);
    expect((await events.next()).value).toEqual({ type: 'ended', outcome: 'succeeded', result: { text: 'done' } });
    expect((await events.next()).done).toBe(true);
  });

  it('that is repeated finds the run, and begins none', async () => {
    await startWorker(finished);
    await collect(start());
    const events = await collect(start({}, knownAt('boot-1')));
    expect(events.at(-1)).toMatchObject({ type: 'ended', outcome: 'succeeded' });
    expect(worker.callsOf('start')).toHaveLength(1);
  });

  it('whose answer is lost is found by asking', async () => {
    await startWorker(finished);
    let times = 0;
    worker.fault = (call, response) => {
      if (call.agentdispatch !== 'start' || (times += 1) > 1) return false;
      worker.fault = () => false;
      void worker.channel.fetch('/invocations', { method: 'POST', body: JSON.stringify(call), signal: stop.signal });
      setImmediate(() => response.destroy());
      return true;
    };
    const events = await collect(start());
    expect(events.at(-1)).toMatchObject({ type: 'ended', outcome: 'succeeded' });
    expect(worker.runs.size).toBe(1);
  });

  it('after which another machine answers is lost: it is not begun there', async () => {
    await startWorker(finished);
    worker.fault = (call, response) => {
      if (call.agentdispatch !== 'start') return false;
      worker.reboot();
      response.destroy();
      return true;
    };
    expect((await collect(start())).at(-1)).toEqual({
      type: 'unknown',
      reason: expect.stringContaining('another machine'),
    });
    expect(worker.callsOf('start')).toHaveLength(1);
  });

  it.each([
    ['a start whose answer was lost', HANDLE, 1],
    ['a start of an earlier process', knownAt('boot-1'), 0],
  ])('that reaches another machine after %s is not followed there', async (_name, handle, lostAnswers) => {
    await startWorker(finished);
    let starts = 0;
    worker.fault = (call, response) => {
      if (call.agentdispatch !== 'start') return false;
      starts += 1;
      if (starts > lostAnswers) {
        worker.reboot();
        return false;
      }
      response.destroy();
      return true;
    };
    expect((await collect(start({}, handle))).at(-1)).toEqual({
      type: 'unknown',
      reason: expect.stringContaining('another machine'),
    });
  });

  it('of which an earlier process knew another machine is lost before anything is sent', async () => {
    await startWorker(finished);
    expect(await collect(start({}, knownAt('boot-0')))).toEqual([{ type: 'unknown', reason: expect.any(String) }]);
    expect(worker.callsOf('start')).toEqual([]);
  });

  it.each([
    ['refused', 'AD_PROTOCOL_AGENT_REFUSED', false],
    ['invalid', 'AD_PROTOCOL_AGENT_REFUSED', false],
    ['digest_mismatch', 'AD_INPUT_DIGEST_MISMATCH', false],
    ['another_task', 'AD_PROTOCOL_CONFLICT', false],
    ['ended', 'AD_PROTOCOL_CONFLICT', false],
    ['full', 'AD_PROTOCOL_AGENT_FULL', true],
  ] as const)('that is refused (%s) fails with %s', async (code, wanted, retryable) => {
    await startWorker(finished);
    worker.fault = (call, response) => {
      if (call.agentdispatch !== 'start') return false;
      worker.sendJson(response, { error: { code, message: 'because' } });
      return true;
    };
    const thrown = collect(start());
    await expect(thrown).rejects.toMatchObject({
      code: wanted,
      retryable,
      message: expect.stringContaining('because'),
    });
    await expect(thrown).rejects.not.toHaveProperty('details.ambiguous');
  });

  it('that nobody answers fails as not begun, after some tries', async () => {
    await startWorker(finished);
    worker.fault = (_call, response) => {
      response.destroy();
      return true;
    };
    const thrown = collect(start());
    await expect(thrown).rejects.toMatchObject({ code: 'AD_PROVIDER_UNAVAILABLE', retryable: true });
    await expect(thrown).rejects.not.toHaveProperty('details.ambiguous');
    expect(slept).toEqual([1000, 2000, 4000, 8000]);
  });

  it('ends with the coded error of a channel that is certain that nothing began', async () => {
    await startWorker(finished);
    const denied = new DispatchError('AD_PROVIDER_DENIED', 'no');
    const channel: Channel = { fetch: () => Promise.reject(denied) };
    await expect(collect(httpProtocolDriver.start(channel, HANDLE, context()))).rejects.toBe(denied);
  });

  it('gives the agent its secrets, and none that the channel uses itself', async () => {
    await startWorker(finished);
    const channel: Channel = { ...worker.channel, ownSecrets: ['TOKEN'] };
    const secrets = { TOKEN: 'token', KEY: 's3cret' };
    await collect(httpProtocolDriver.start(channel, HANDLE, context({ secrets })));
    expect(worker.run.task.secrets).toEqual({ KEY: 's3cret' });
  });
});

describe('input files', () => {
  const content = Buffer.alloc(9 * MIB, 'abcdefg');
  const place = async (): Promise<string> => {
    const file = path.join(directory, 'input.bin');
    await writeFile(file, content);
    return file;
  };

  it('are there before the agent begins: small ones with the start, others in pieces before it', async () => {
    await startWorker(finished);
    const small = path.join(directory, 'small.sh');
    await writeFile(small, 'echo');
    const file = await place();
    const inputs = [
      { path: 'a.txt', text: 'text' },
      { path: 'small.sh', file: small, executable: true },
      { path: 'b.bin', file, sha256: digest(content) },
      { path: 'again.bin', file },
    ];
    await collect(start(asking({ inputs })));
    expect(worker.callsOf('put_input').map(({ path, offset, size }) => [path, offset, size])).toEqual(
      [0, 4, 8].map((offset) => ['again.bin', offset * MIB, 9 * MIB]),
    );
    expect([...worker.files.values()][0]?.equals(content)).toBe(true);
    expect(worker.run.task.inputs).toEqual([
      { path: 'a.txt', sha256: digest(Buffer.from('text')), text: 'text' },
      { path: 'small.sh', sha256: digest(Buffer.from('echo')), base64: 'ZWNobw==', executable: true },
      { path: 'b.bin', sha256: digest(content) },
      { path: 'again.bin', sha256: digest(content) },
    ]);
  });

  it('go on after a broken connection from what is there', async () => {
    await startWorker(finished);
    let cuts = 1;
    worker.fault = ({ agentdispatch, offset }, response) => {
      if (agentdispatch !== 'put_input' || offset !== 8 * MIB || cuts === 0) return false;
      cuts -= 1;
      response.destroy();
      return true;
    };
    const events = await collect(start(asking({ inputs: [{ path: 'b.bin', file: await place() }] })));
    expect(events.at(-1)).toMatchObject({ outcome: 'succeeded' });
    // The first piece of the second try tells that two pieces are there already.
    expect(worker.callsOf('put_input').map(({ offset = 0 }) => offset / MIB)).toEqual([0, 4, 8, 0, 8]);
  });

  it('that are not what was announced are refused before anything is sent', async () => {
    await startWorker(finished);
    const inputs = [{ path: 'a.txt', text: 'text', sha256: '0'.repeat(64) }];
    await expect(collect(start(asking({ inputs })))).rejects.toMatchObject({ code: 'AD_INPUT_DIGEST_MISMATCH' });
    expect(worker.calls).toEqual([]);
  });

  it('that are many go with the start as far as there is room', async () => {
    await startWorker(finished);
    const file = path.join(directory, 'part.bin');
    await writeFile(file, Buffer.alloc(200 * 1024));
    const inputs = Array.from({ length: 50 }, (_, index) => ({ path: `part-${String(index)}.bin`, file }));
    expect((await collect(start(asking({ inputs })))).at(-1)).toMatchObject({ outcome: 'succeeded' });
    const carried = worker.run.task.inputs?.filter(({ base64 }) => base64 !== undefined);
    expect(carried).toHaveLength(40);
    expect(worker.run.task.inputs).toHaveLength(50);
    expect(worker.callsOf('put_input')).toHaveLength(1);
  });

  it('that the worker does not take end the start, with its word', async () => {
    await startWorker(finished);
    worker.fault = (call, response) => {
      if (call.agentdispatch !== 'put_input') return false;
      worker.sendJson(response, { error: { code: 'invalid', message: 'the path leaves' } });
      return true;
    };
    const thrown = collect(start(asking({ inputs: [{ path: 'b.bin', file: await place() }] })));
    await expect(thrown).rejects.toMatchObject({ code: 'AD_PROTOCOL_AGENT_REFUSED' });
    expect(worker.callsOf('start')).toEqual([]);
  });
});
