import { describe, expect, it } from '@jest/globals';
import { readdir, readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import path from 'node:path';
import type { DriverEvent } from '../../../provider/index.js';
import type { AgentScript } from '../../../testing/index.js';
import { collect, HANDLE } from '../testdata/loopback-agent.js';
import { directory, failedWith, knownAt, MIB, resume, start, startWorker, worker } from '../testdata/worker-ground.js';

const OCTETS = { 'content-type': 'application/octet-stream' };

describe('files', () => {
  const bytes = Buffer.alloc(9 * MIB, '0123456789');
  const leaving: AgentScript = async (work) => {
    await work.leave({ name: '../out/a.bin', mediaType: 'application/x-test', bytes });
    return { result: 'done' };
  };

  it('are fetched in pieces, and there only until the host goes on', async () => {
    await startWorker(leaving);
    let file = '';
    for await (const event of start()) {
      if (event.type !== 'artifact') continue;
      expect(event).toMatchObject({ artifact: { name: '../out/a.bin', mediaType: 'application/x-test' } });
      file = 'file' in event.artifact.content ? event.artifact.content.file : '';
      expect(file.startsWith(path.join(directory, 'incoming') + path.sep)).toBe(true);
      expect((await readFile(file)).equals(bytes)).toBe(true);
    }
    expect(file).not.toBe('');
    expect(worker.callsOf('artifact').map(({ offset = 0 }) => offset / MIB)).toEqual([0, 4, 8]);
    expect(await readdir(path.join(directory, 'incoming'))).toEqual([]);
  });

  it('that are not what was announced are asked for once more, then left out, and the log says so', async () => {
    await startWorker(leaving);
    worker.fault = ({ agentdispatch }, response) => {
      if (agentdispatch !== 'artifact') return false;
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end('something else'.padEnd(4 * MIB));
      return true;
    };
    const events = await collect(start());
    expect(events.some(({ type }) => type === 'artifact')).toBe(false);
    expect(events).toContainEqual({
      type: 'log',
      stream: 'system',
      text: expect.stringContaining('../out/a.bin. It is left out.'),
      cursor: 'boot-1:1',
    });
    expect(events.at(-1)).toMatchObject({ outcome: 'succeeded' });
  });

  it.each([
    [
      'a refusal',
      (response: ServerResponse) => worker.sendJson(response, { error: { code: 'invalid', message: 'no' } }),
    ],
    ['nothing', (response: ServerResponse) => void response.writeHead(200, OCTETS).end()],
    [
      'more than was asked for',
      (response: ServerResponse) => void response.writeHead(200, OCTETS).end('x'.repeat(5 * MIB)),
    ],
  ])('for which %s comes are left out', async (_name, answer) => {
    await startWorker(leaving);
    worker.fault = ({ agentdispatch }, response) => {
      if (agentdispatch !== 'artifact') return false;
      answer(response);
      return true;
    };
    const events = await collect(start());
    expect(events.some(({ type }) => type === 'artifact')).toBe(false);
    expect(worker.callsOf('artifact')).toHaveLength(2);
  });

  it('whose connection breaks come with the next one', async () => {
    await startWorker(leaving);
    let cuts = 2;
    worker.fault = ({ agentdispatch, offset }, response) => {
      if (agentdispatch !== 'artifact' || offset !== 4 * MIB || cuts === 0) return false;
      cuts -= 1;
      response.destroy();
      return true;
    };
    const events = await collect(start());
    expect(events.filter(({ type }) => type === 'artifact')).toHaveLength(1);
  });

  it('that are too large are left with the worker', async () => {
    await startWorker(leaving);
    const events = await collect(start({}, HANDLE, { artifactBytes: MIB }));
    expect(events.some(({ type }) => type === 'artifact')).toBe(false);
    expect(worker.callsOf('artifact')).toEqual([]);
  });

  describe('that hold the result', () => {
    const result = 'A large result. '.repeat(100_000);
    const large: AgentScript = async () => ({ result });
    const resultIn = async (events: AsyncIterable<DriverEvent>): Promise<{ end: DriverEvent; content: string }> => {
      for await (const event of events) {
        if (event.type !== 'ended') continue;
        const content = event.result && 'file' in event.result ? await readFile(event.result.file, 'utf8') : '';
        return { end: event, content };
      }
      throw new Error('it did not end');
    };

    it('are fetched once, and there until the end is taken', async () => {
      await startWorker(large);
      const { end, content } = await resultIn(start());
      expect(end).toEqual({
        type: 'ended',
        outcome: 'succeeded',
        result: { file: expect.any(String), mediaType: 'text/plain', passing: true },
      });
      expect(content).toBe(result);
      expect(worker.callsOf('artifact')).toHaveLength(1);
      expect(await readdir(path.join(directory, 'incoming'))).toEqual([]);
    });

    it('are found by who resumes after they were told', async () => {
      await startWorker(large);
      const events = await collect(start());
      const artifact = events.find(({ type }) => type === 'artifact');
      const { content } = await resultIn(resume({ cursor: artifact?.cursor ?? '' }, knownAt('boot-1')));
      expect(content).toBe(result);
    });

    it('and are not what was announced fail the task with a code', async () => {
      await startWorker(large);
      worker.fault = ({ agentdispatch }, response) => {
        if (agentdispatch !== 'artifact') return false;
        response.writeHead(200, OCTETS).end('something else');
        return true;
      };
      expect((await collect(start())).at(-1)).toEqual(
        failedWith('AD_PROTOCOL_RESPONSE', expect.stringContaining('result')),
      );
    });
  });
});
