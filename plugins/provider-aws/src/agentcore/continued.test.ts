// What a task may bring along that goes on in the session of an earlier one, and how long it may last there.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DispatchRequest, Handle } from '@agent-dispatch/core/provider';
import { jsonAgent } from '@agent-dispatch/test/fakes/agentcore/index.js';
import { profileAt } from '../testdata/provider-at-fake.js';
import { type Asked, type MadeRuntimes, startMadeRuntimes } from '../testdata/made-runtimes.js';

const KEEP = { keepSeconds: 300 };
const TIMEOUT_S = 600;
const keyFrom = (name: string): DispatchRequest['secrets'] => ({ KEY: { source: 'environment', name } });
const agentRun = (environment?: Record<string, string>, secrets?: DispatchRequest['secrets']): Asked['request'] => ({
  input: { instruction: 'x', ...(environment && { environment }) },
  ...(secrets && { secrets }),
  limits: { timeoutSeconds: TIMEOUT_S },
});

let at: MadeRuntimes;
beforeEach(async () => {
  at = await startMadeRuntimes({ agents: { researcher: jsonAgent(() => 'hi') } });
});
afterEach(() => at.close());

/** A task that kept its session, and what the next one is told of it. */
async function earlier(request: Asked['request'], details: Record<string, unknown> = KEEP) {
  const { handle, context } = await at.ready({ details, request, secrets: { KEY: 'k' } });
  return { taskId: context.taskId, handle };
}

const next = (continued: { taskId: string; handle: Handle }, asked: Asked = {}): Handle =>
  at.plan(at.context({ details: KEEP, taskId: 'task_02', continued, ...asked }));

const REFUSED = expect.objectContaining({ code: 'AD_PROVIDER_TARGET_INVALID' });

describe('on an agent runtime that was made with variables and secrets', () => {
  it.each<[string, Asked['request']]>([
    ['the same', agentRun({ A: '1' }, keyFrom('HERE'))],
    ['none', agentRun()],
    ['those of a command, which brings its own', { taskType: 'command.run', input: { command: ['env'] } }],
  ])('a task with %s goes on', async (_title, request) => {
    const continued = await earlier(agentRun({ A: '1' }, keyFrom('HERE')));
    expect(next(continued, { request }).data['sessionId']).toBe(continued.handle.data['sessionId']);
  });

  it.each<[string, Asked['request']]>([
    ['another value', agentRun({ A: '2' }, keyFrom('HERE'))],
    ['one more', agentRun({ A: '1', B: '2' }, keyFrom('HERE'))],
    ['a secret from elsewhere', agentRun({ A: '1' }, keyFrom('THERE'))],
  ])('a task with %s is refused, not run without', async (_title, request) => {
    const continued = await earlier(agentRun({ A: '1' }, keyFrom('HERE')));
    expect(() => next(continued, { request })).toThrow(REFUSED);
    expect(() => next(continued, { request })).toThrow('give the same, or none');
  });

  it('a task with the worker brings what it likes: the worker is told', async () => {
    const details = { ...KEEP, worker: true };
    const continued = await earlier(agentRun({ A: '1' }, keyFrom('HERE')), details);
    const asked = { details, request: agentRun({ A: '2' }, keyFrom('THERE')) };
    expect(next(continued, asked).data['sessionId']).toBe(continued.handle.data['sessionId']);
  });
});

it('a task whose account profile is for another region by now is refused: it would find nothing there, and prove that', async () => {
  const continued = await earlier(agentRun());
  const asked = { account: profileAt(at.fake, {}, 'us-east-1'), request: agentRun() };
  expect(() => next(continued, asked)).toThrow(REFUSED);
  expect(() => next(continued, asked)).toThrow('is in us-west-2, account dev in us-east-1');
});

describe('the end of the session', () => {
  it('made for a task may not come before the deadline of the next: that is told with the timeout that would do', async () => {
    const continued = await earlier(agentRun());
    // Its lifetime: the timeout, a minute of grace, and 300 s kept.
    at.clock.advance(361_000);
    const deadline = at.clock.now() + TIMEOUT_S * 1000;
    const ask = (): Handle => next(continued, { deadline, request: agentRun() });
    expect(ask).toThrow(REFUSED);
    expect(ask).toThrow("1 s before this task's deadline: ask for a timeout of 599 s or less");
    expect(next(continued, { deadline: deadline - 1000, request: agentRun() }).resources).toHaveLength(2);
  });

  it('that is too near for any task is told as such', async () => {
    const continued = await earlier(agentRun());
    at.clock.advance(960_000);
    const deadline = at.clock.now() + TIMEOUT_S * 1000;
    expect(() => next(continued, { deadline, request: agentRun() })).toThrow('begin a new session');
  });

  it('on an agent runtime that was there follows from when its first task was accepted', () => {
    const details = { runtimeArn: at.fake.arn('researcher'), ...KEEP, maxLifetimeSeconds: 1200 };
    const ask = (taskId: string, deadline: number, continued?: { taskId: string; handle: Handle }): Handle =>
      at.plan(
        at.context({
          mode: 'session',
          details: { ...details, image: undefined, roleArn: undefined },
          taskId,
          deadline,
          request: agentRun(),
          ...(continued && { continued }),
        }),
      );
    const accepted = at.clock.now();
    const first = ask('task_01', accepted + 600_000);
    const second = ask('task_02', accepted + 1_200_000, { taskId: 'task_01', handle: first });
    // Whoever goes on from the second is in the session of the first.
    const late = () => ask('task_03', accepted + 1_201_000, { taskId: 'task_02', handle: second });
    expect(late).toThrow(REFUSED);
    expect(late).toThrow('The service may end the session of task task_02');
  });

  it('is none that a task may be longer than', () => {
    const details = { maxLifetimeSeconds: 599 };
    expect(() => at.plan(at.context({ details, request: agentRun() }))).toThrow('ask for a timeout of 599 s or less');
    expect(() => at.plan(at.context({ details: { maxLifetimeSeconds: 600 }, request: agentRun() }))).not.toThrow();
  });
});
