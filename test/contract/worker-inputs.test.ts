// Input files reach an agent of the worker as it is built: with the start and in pieces before it, whole and as programs.
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { httpProtocolDriver } from '@agent-dispatch/core/protocol';
import type { DriverContext, DriverEvent } from '@agent-dispatch/core/provider';
import type { ScriptedAgent } from '@agent-dispatch/core/testing';
import type { DispatchRequest } from '@agent-dispatch/schemas';
import { startWorkerWith } from './support/worker-program.js';

let directory: string;
let worker: ScriptedAgent;
beforeEach(async () => (directory = await mkdtemp(path.join(tmpdir(), 'worker-inputs-'))));
afterEach(async () => {
  await worker.close();
  await rm(directory, { recursive: true, force: true });
});

const MIB = 1024 * 1024;

it('files of every size are in the directory of the agent before it begins', async () => {
  worker = await startWorkerWith('http', { shell: { command: ['/bin/sh'] } });
  const large = randomBytes(9 * MIB);
  const file = path.join(directory, 'large');
  await writeFile(file, large);
  const inputs: DispatchRequest['input']['inputs'] = [
    { path: 'notes/a.txt', text: 'from a text' },
    { path: 'large.bin', file, sha256: createHash('sha256').update(large).digest('hex') },
    { path: 'bin/tool', text: '#!/bin/sh\necho "the tool runs"\n', executable: true },
    { path: 'empty', text: '' },
  ];
  const instruction = 'cat notes/a.txt; echo; sha256sum < large.bin; bin/tool; wc -c < empty';
  const events: DriverEvent[] = [];
  const handle = { version: 1, data: {}, resources: [] };
  for await (const event of httpProtocolDriver.start(worker.channel, handle, context({ instruction, inputs }))) {
    events.push(event);
  }
  const output = events.map((event) => (event.type === 'log' ? event.text : '')).join('');
  expect(events.at(-1)).toMatchObject({ type: 'ended', outcome: 'succeeded' });
  expect(output.split(/\s*\n/)).toEqual([
    'from a text',
    expect.stringContaining(createHash('sha256').update(large).digest('hex')),
    'the tool runs',
    expect.stringMatching(/^\s*0$/),
    '',
  ]);
}, 60_000);

function context(input: DispatchRequest['input']): DriverContext {
  const { signal } = new AbortController();
  const ignore = (): undefined => undefined;
  return {
    installationId: 'inst-1',
    taskId: 'task_01jv4k5m6n7p8q9r0stvwxyz01',
    attempt: 1,
    account: { name: 'test', provider: 'test', settings: {} },
    deadline: Date.now() + 600_000,
    directory,
    request: {
      taskType: 'agent.run',
      capability: 'agent-runtime',
      account: 'test',
      target: { mode: 'session', protocol: 'http' },
      input,
      limits: {},
      retry: {},
    },
    signal,
    clock: { now: Date.now, sleep: () => new Promise(ignore) },
    logger: { debug: ignore, info: ignore, warn: ignore },
    redactor: { text: (text) => text },
    environment: {},
    secrets: {},
    pace: async () => undefined,
    agent: 'worker',
  };
}
