import { describe, expect, it } from '@jest/globals';
import type { ControlPlane } from '@agent-dispatch/core';
import type { GetTaskLogsOutput, TaskView, WaitTaskOutput } from '@agent-dispatch/schemas';
import { followTask } from './follow-task.js';

const task = (more: Partial<TaskView>): TaskView =>
  ({ task_id: 't', status: 'running', terminal: false, ...more }) as TaskView;
const ended = task({ status: 'succeeded', terminal: true });
const asking = task({ status: 'input_required', input_requests: [{ request_id: 'q', question: 'Which?' }] });

const rest = (more: Partial<WaitTaskOutput>): WaitTaskOutput => ({
  done: [],
  attention: [],
  pending: [],
  events: [],
  timed_out: false,
  cursor: '',
  ...more,
});

const page = (texts: string[], terminal: boolean): GetTaskLogsOutput => ({
  entries: texts.map((text) => ({ at: '', stream: 'stdout', text })),
  next_cursor: 'c',
  truncated: false,
  terminal,
});

/** Answers each wait in turn; the log has one entry a page and ends with the task. */
function fakeControlPlane(waits: (WaitTaskOutput | Promise<WaitTaskOutput>)[]): Pick<ControlPlane, 'logs' | 'wait'> {
  const texts = ['one\n', 'two\n'];
  return {
    wait: async () => waits.shift() ?? new Promise(() => undefined),
    logs: async () => page(texts.splice(0, 1), true),
  };
}

const collect = () => {
  const printed: string[] = [];
  const printer = {
    print: async (entries: readonly { text: string }[]) => void printed.push(...entries.map(({ text }) => text)),
  };
  return { printed, printer };
};

describe('a followed task', () => {
  it('is shown to the last entry of its log', async () => {
    const { printed, printer } = collect();
    const options = { taskId: 't', printer, signal: new AbortController().signal };
    expect(await followTask(fakeControlPlane([rest({ done: [ended] })]), options)).toEqual(ended);
    expect(printed).toEqual(['one\n', 'two\n']);
  });

  it('goes on when its question was answered', async () => {
    const asked: string[] = [];
    const answer = async ({ input_requests: requests = [] }: TaskView): Promise<boolean> => {
      asked.push(...requests.map(({ question }) => question));
      return true;
    };
    const controlPlane = fakeControlPlane([rest({ attention: [asking] }), rest({ done: [ended] })]);
    const options = { taskId: 't', answer, signal: new AbortController().signal };
    expect(await followTask(controlPlane, options)).toEqual(ended);
    expect(asked).toEqual(['Which?']);
  });

  it('is given back asking when nobody can answer', async () => {
    const { printer } = collect();
    const controlPlane = fakeControlPlane([rest({ attention: [asking] })]);
    const options = { taskId: 't', printer, answer: async () => false, signal: new AbortController().signal };
    expect(await followTask(controlPlane, options)).toEqual(asking);
  });

  it('is left to itself when the watching is broken off', async () => {
    const { printer } = collect();
    const stop = new AbortController();
    const watched = followTask(fakeControlPlane([]), { taskId: 't', printer, signal: stop.signal });
    stop.abort();
    expect(await watched).toBeUndefined();
  });
});
