import { expect, it } from '@jest/globals';
import { validate } from '@agent-dispatch/schemas';
import { contextFor } from '../http/testdata/loopback-agent.js';
import { invocationIdOf, workerTask } from './task.js';

const TASK_ID = 'task_01jv4k5m6n7p8q9r0stvwxyz01';
const EARLIER_ID = 'task_01jv4k5m6n7p8q9r0stvwxyz00';

it('tells the worker every part of the request that is the agent’s', () => {
  const { request } = contextFor();
  const input = {
    instruction: 'Grüße',
    context: { ticket: 7 },
    environment: { LANG: 'C' },
    workingDirectory: 'src',
    artifacts: ['out/**'],
    outputSchema: { type: 'object' },
    inputs: [{ path: 'a.txt', text: 'a' }],
  };
  const whole = { ...request, input, framework: 'claude', model: 'large', tools: { web: true } };
  const continued = { taskId: EARLIER_ID, handle: { version: 1, data: {}, resources: [] } };
  const context = contextFor({ taskId: TASK_ID, attempt: 2, request: whole, secrets: { KEY: 's3cret' }, continued });
  const task = workerTask({}, context, [{ path: 'a.txt', sha256: '0'.repeat(64), text: 'a' }]);
  expect(task).toEqual({
    invocationId: expect.stringMatching(/^inv_[0-9a-f]{64}$/),
    taskId: TASK_ID,
    attempt: 2,
    instruction: 'Grüße',
    continues: EARLIER_ID,
    context: { ticket: 7 },
    framework: 'claude',
    model: 'large',
    tools: { web: true },
    outputSchema: { type: 'object' },
    environment: { LANG: 'C' },
    secrets: { KEY: 's3cret' },
    workingDirectory: 'src',
    inputs: [{ path: 'a.txt', sha256: '0'.repeat(64), text: 'a' }],
    artifacts: ['out/**'],
    deadlineAt: 1_000_000,
  });
  expect(validate('WorkerTask', task)).toEqual([]);
});

it('gives the trace on by the names under which a process looks for it, unless the request has others', () => {
  const trace = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'v=1' };
  const variables = { TRACEPARENT: trace.traceparent, TRACESTATE: 'v=1' };
  const { request } = contextFor();
  const asking = { ...request, input: { instruction: 'x', environment: { LANG: 'C', TRACESTATE: 'own=1' } } };
  const environmentOf = (more: object): unknown =>
    workerTask({}, contextFor({ taskId: TASK_ID, trace, ...more })).environment;
  expect(environmentOf({})).toEqual(variables);
  expect(environmentOf({ request: asking })).toEqual({ ...variables, LANG: 'C', TRACESTATE: 'own=1' });
});

it('leaves out what is absent, and the secrets that the channel uses itself', () => {
  const context = contextFor({ taskId: TASK_ID, secrets: { TOKEN: 's3cret' } });
  expect(Object.keys(workerTask({ ownSecrets: ['TOKEN'] }, context))).toEqual([
    'invocationId',
    'taskId',
    'attempt',
    'instruction',
    'deadlineAt',
  ]);
});

it('names the run the same in every process, and differently for every attempt, task and installation', () => {
  const place = { installationId: 'inst-1', taskId: TASK_ID, attempt: 1 };
  expect(invocationIdOf({ ...place })).toBe(invocationIdOf(place));
  const others = [{ attempt: 2 }, { taskId: 'task_2' }, { installationId: 'inst-2' }];
  expect(new Set([place, ...others.map((other) => ({ ...place, ...other }))].map(invocationIdOf)).size).toBe(4);
});
