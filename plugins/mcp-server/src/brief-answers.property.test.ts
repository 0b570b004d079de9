// Whatever tasks, logs and configurations hold: an answer that nobody asked to be large is small, and says how to go on.
import { describe, expect, it } from '@jest/globals';
import type { ControlPlane } from '@agent-dispatch/core';
import type { TaskView, WaitTaskOutput } from '@agent-dispatch/schemas';
import fc from 'fast-check';
import { ANSWER_BYTES } from './brief-answers.js';
import { scriptedControlPlane } from './testdata/scripted-control-plane.js';
import { answer } from './results.js';
import { toolCallOf } from './tool-calls.js';

type Page = { next_cursor?: string; next?: { tool: string; arguments: Record<string, unknown> } };

/** As agents and clouds write: long, with what JSON escapes. */
const text = (maxLength: number): fc.Arbitrary<string> =>
  fc
    .record({ unit: fc.constantFrom('a', '\n', '"\\', '\u001b[1m', 'é', '任務'), times: fc.nat(maxLength) })
    .map(({ unit, times }) => unit.repeat(times / unit.length));

const taskId = fc.integer({ min: 0, max: 1e9 }).map((number) => `task_${String(number).padStart(26, '0')}`);

const task = fc
  .record(
    {
      task_id: taskId,
      status: fc.constantFrom('running', 'input_required', 'succeeded', 'failed'),
      provider: fc.constant('aws'),
      phase: text(200),
      runtime: text(64),
      group: text(128),
      labels: fc.dictionary(text(60), text(250), { maxKeys: 32 }),
      progress: fc.record({ message: text(2000), fraction: fc.double({ min: 0, max: 1, noNaN: true }) }),
      input_requests: fc.array(
        fc.record({ request_id: text(50), question: text(16_000), schema: fc.constant({ type: 'object' }) }),
        { maxLength: 3 },
      ),
      error: fc.record({
        code: fc.constant('AD_TASK_FAILED'),
        message: text(4000),
        hint: text(200),
        details: fc.record({ all: text(4000) }),
      }),
      next: fc.constant({ tool: 'get_task_logs', arguments: { task_id: 't', tail: 50 }, when: 'to see what happened' }),
    },
    { requiredKeys: ['task_id', 'status'] },
  )
  .map((view) => ({ ...view, terminal: ['succeeded', 'failed'].includes(view.status) }) as unknown as TaskView);

const tasks = fc.uniqueArray(task, { maxLength: 20, selector: ({ task_id }) => task_id });

/** What a model gets. */
async function told<Answer = Page>(tool: string, plane: Partial<ControlPlane>, input: object): Promise<Answer> {
  const call = toolCallOf(tool);
  const { content, structuredContent } = answer((await call?.(scriptedControlPlane(plane), input, {})) ?? {});
  const [block] = content;
  expect(JSON.stringify(structuredContent)).toBe(block?.type === 'text' && block.text);
  return structuredContent as Answer;
}

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/** The calls that follow one another, until there is no more. */
async function pages<Answer extends Page>(ask: (cursor?: string) => Promise<Answer>): Promise<Answer[]> {
  const all: Answer[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await ask(cursor);
    all.push(page);
    if (page.next_cursor === undefined) return all;
    cursor = page.next_cursor;
  }
}

/** A list in pages, as the control plane gives them. */
const paged =
  <Item>(items: readonly Item[], usual: number) =>
  (input: { limit?: number; cursor?: string }) => {
    const from = Number(input.cursor ?? 0);
    const end = from + (input.limit ?? usual);
    return { items: items.slice(from, end), ...(end < items.length && { next_cursor: String(end) }) };
  };

describe('an answer', () => {
  it('of wait_task is small, and names every task', async () => {
    const wait = fc.record({
      all: tasks,
      results: fc.array(text(9000), { minLength: 20, maxLength: 20 }),
      events: fc.array(fc.record({ type: fc.constant('message'), message: text(2000) }), { maxLength: 60 }),
    });
    await fc.assert(
      fc.asyncProperty(wait, async ({ all, results, events }) => {
        const done = all
          .filter(({ terminal }) => terminal)
          .map((view, index) => ({ ...view, result: results[index], size: 1, truncated: false }));
        const pending = all.filter(({ status }) => status === 'running');
        const next = {
          tool: 'wait_task',
          arguments: { task_ids: pending.map(({ task_id }) => task_id), cursor: 'c'.repeat(1200) },
          when: 'to go on waiting',
        };
        const output = {
          done,
          attention: all.filter(({ status }) => status === 'input_required'),
          pending,
          events,
          timed_out: true,
          cursor: 'c'.repeat(1200),
          ...(pending.length > 0 && { next }),
        } as unknown as WaitTaskOutput;
        const said = await told<WaitTaskOutput & { events_omitted?: number }>(
          'wait_task',
          { wait: async () => output },
          { task_ids: ['t'] },
        );
        expect(bytesOf(said)).toBeLessThanOrEqual(ANSWER_BYTES);
        for (const list of ['done', 'attention', 'pending'] as const)
          expect(said[list].map(({ task_id, status }) => [task_id, status])).toEqual(
            output[list].map(({ task_id, status }) => [task_id, status]),
          );
        for (const [index, view] of said.done.entries()) {
          if (view['truncated'] === true) expect(view).not.toHaveProperty('result');
          else expect(view['result']).toEqual(results[index]);
        }
        expect(said.events.length + (said.events_omitted ?? 0)).toBe(events.length);
        if (pending.length > 0) expect(said.next).toEqual(next);
        else if (said.done.some((view) => view['truncated'] === true)) expect(said.next).toBeDefined();
      }),
      { numRuns: 60 },
    );
  });

  it('of list_tasks is small, and its pages together name every task once', async () => {
    const many = fc.uniqueArray(task, { maxLength: 60, selector: ({ task_id }) => task_id });
    await fc.assert(
      fc.asyncProperty(many, async (all) => {
        const list: ControlPlane['list'] = async (input) => {
          const { items, ...rest } = paged(all, 20)(input);
          return { tasks: items, ...rest };
        };
        const ask = async (cursor?: string) =>
          told<Page & { tasks: TaskView[] }>('list_tasks', { list }, { ...(cursor !== undefined && { cursor }) });
        const answers = await pages(ask);
        expect(answers.flatMap((page) => page.tasks.map(({ task_id }) => task_id))).toEqual(
          all.map(({ task_id }) => task_id),
        );
        for (const page of answers) expect(bytesOf(page)).toBeLessThanOrEqual(ANSWER_BYTES);
      }),
      { numRuns: 40 },
    );
  });

  it('of list_runtimes is small, and its pages together hold everything once', async () => {
    const named = fc.array(fc.record({ name: text(64), reason: text(300) }), { maxLength: 120 });
    await fc.assert(
      fc.asyncProperty(named, named, async (runtimes, accounts) => {
        const everything = [...runtimes.map((one) => ['r', one]), ...accounts.map((one) => ['a', one])] as const;
        const ask = (input: object): Promise<Page & { runtimes: object[]; account_profiles: object[] }> =>
          told(
            'list_runtimes',
            {
              runtimes: async (given) => {
                const { items, ...rest } = paged(everything, 1e6)(given);
                const of = (kind: string): never[] =>
                  items.filter(([is]) => is === kind).map(([, one]) => one) as never[];
                return { runtimes: of('r'), account_profiles: of('a'), providers: [], ...rest };
              },
            },
            input,
          );
        const answers = await pages((cursor) => ask({ ...(cursor !== undefined && { cursor }) }));
        expect(answers.flatMap((page) => page.runtimes)).toEqual(runtimes);
        expect(answers.flatMap((page) => page.account_profiles)).toEqual(accounts);
        for (const page of answers) expect(bytesOf(page)).toBeLessThanOrEqual(ANSWER_BYTES);
      }),
      { numRuns: 40 },
    );
  });

  it('of get_task_status is small, and names the call that brings it whole', async () => {
    const long = fc.record({ view: task, handoff: text(6000), ids: fc.array(text(12_000), { maxLength: 3 }) });
    await fc.assert(
      fc.asyncProperty(long, async ({ view, handoff, ids }) => {
        const questions = view.input_requests?.map((one, index) => ({
          ...one,
          request_id: `${String(index)}${ids[index] ?? ''}`,
        }));
        const whole = { ...view, ...(questions && { input_requests: questions }), handoff: { note: handoff } };
        const get = async (): Promise<TaskView> => whole as unknown as TaskView;
        const said = await told<TaskView & Page & { untrusted?: string; input_requests_omitted?: number }>(
          'get_task_status',
          { get },
          { task_id: view.task_id },
        );
        expect(bytesOf(said)).toBeLessThanOrEqual(ANSWER_BYTES);
        expect(said).toMatchObject({ task_id: view.task_id, status: view.status });
        const { untrusted: _, ...shown } = said;
        if (said['truncated'] !== true) return expect(shown).toEqual(whole);
        const { input_requests: asked = [], input_requests_omitted: omitted = 0 } = said;
        expect(asked.length + omitted).toBe(questions?.length ?? 0);
        for (const [index, { request_id, question, ...rest }] of asked.entries()) {
          expect(request_id).toBe(questions?.[index]?.request_id);
          const isCut = (rest as { truncated?: true }).truncated === true;
          if (!isCut) expect(question).toBe(questions?.[index]?.question);
        }
        expect(said.next).toMatchObject({ tool: 'get_task_status' });
        expect(await told('get_task_status', { get }, said.next?.arguments ?? {})).toMatchObject(whole);
      }),
      { numRuns: 100 },
    );
  });

  it('of send_message is small, and the same call brings the whole receipt', async () => {
    const sent = fc.record({ reason: text(13_000), id: text(1024) });
    await fc.assert(
      fc.asyncProperty(sent, async ({ reason, id }) => {
        const receipt = { state: 'rejected' as const, reason };
        const whole = { task_id: 'task_1', status: 'input_required' as const, message_id: id, receipt };
        const plane = { send: async () => whole };
        const input = { task_id: 'task_1', message: 'yes', message_id: id };
        const said = await told<Page & { receipt: typeof receipt; truncated?: true }>('send_message', plane, input);
        expect(bytesOf(said)).toBeLessThanOrEqual(ANSWER_BYTES);
        expect(said).toMatchObject({ task_id: 'task_1', message_id: id, receipt: { state: 'rejected' } });
        if (said.truncated !== true) return expect(said).toEqual(whole);
        expect(reason.startsWith(said.receipt.reason.slice(0, -1))).toBe(true);
        expect(await told('send_message', plane, { ...input, ...said.next?.arguments })).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  it('of cancel_task is small, and leads to the question that it does not name', async () => {
    await fc.assert(
      fc.asyncProperty(text(16_000), async (request_id) => {
        const next = { tool: 'send_message', arguments: { task_id: 'task_1', request_id } };
        const whole = { task_id: 'task_1', status: 'input_required' as const, cleanup: 'none' as const, next };
        const said = await told('cancel_task', { cancel: async () => whole }, { task_id: 'task_1' });
        expect(bytesOf(said)).toBeLessThanOrEqual(ANSWER_BYTES);
        if (said.next?.tool === 'send_message') expect(said).toEqual(whole);
        else expect(said).toMatchObject({ next: { tool: 'get_task_status', arguments: { task_id: 'task_1' } } });
      }),
      { numRuns: 40 },
    );
  });

  it('of check_cloud_agent_runtime is small, shows what fails first, and names the call that brings all', async () => {
    const check = fc.record(
      { name: text(64), status: fc.constantFrom('pass', 'warn', 'fail'), message: text(5000), fix: text(2000) },
      { requiredKeys: ['name', 'status', 'message'] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(check, { maxLength: 60 }), async (checks) => {
        const whole = { runtime: 'r', ok: false, checks };
        const plane = { check: async () => whole };
        const ask = (input: object) =>
          told<Page & typeof whole & { truncated?: true; checks_omitted?: number }>(
            'check_cloud_agent_runtime',
            plane,
            input,
          );
        const said = await ask({ runtime: 'r', live: true });
        expect(bytesOf(said)).toBeLessThanOrEqual(ANSWER_BYTES);
        if (said.truncated !== true) return expect(said).toEqual(whole);
        expect(said.checks.length + (said.checks_omitted ?? 0)).toBe(checks.length);
        const failing = checks.filter(({ status }) => status === 'fail').length;
        const shown = said.checks.filter(({ status }) => status === 'fail').length;
        expect(shown).toBe(Math.min(failing, said.checks.length));
        expect(said.next?.arguments).toEqual({ runtime: 'r', live: true, whole: true });
        expect(await ask(said.next?.arguments ?? {})).toEqual(whole);
      }),
      { numRuns: 60 },
    );
  });

  it('of get_task_logs is small, and its pages together hold every entry', async () => {
    const entries = fc.array(
      fc.record({ at: fc.constant('2030-01-01T00:00:00.000Z'), stream: fc.constant('stdout'), text: text(6000) }),
      { maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(entries, fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined }), async (all, tail) => {
        const logs: ControlPlane['logs'] = async ({ task_id, cursor, limit, tail: last }) => {
          const given = { task_id, truncated: false, terminal: true, next_cursor: 'end' };
          if (last !== undefined) return { ...given, entries: all.slice(-last) };
          const { items, next_cursor } = paged(
            all,
            200,
          )({ ...(cursor !== undefined && { cursor }), ...(limit !== undefined && { limit }) });
          return {
            ...given,
            entries: items,
            ...(next_cursor !== undefined && { next_cursor, truncated: true }),
          };
        };
        const ask = (input: object) =>
          told<Page & { entries: { text: string; truncated?: true }[]; truncated: boolean }>(
            'get_task_logs',
            { logs },
            { task_id: 't', ...input },
          );
        if (tail !== undefined) {
          const newest = await ask({ tail });
          expect(bytesOf(newest)).toBeLessThanOrEqual(ANSWER_BYTES);
          expect(all.slice(all.length - newest.entries.length).map((one) => one.text.slice(0, 10))).toEqual(
            newest.entries.map((one) => one.text.slice(0, 10)),
          );
          const [cut] = newest.entries;
          if (cut?.truncated) expect((await ask(newest.next?.arguments ?? {})).entries).toEqual([all.at(-1)]);
          return;
        }
        const answers = await pages(async (cursor) => {
          const { next_cursor, ...page } = await ask({ ...(cursor !== undefined && { cursor }) });
          return { ...page, ...(page.truncated && { next_cursor }) };
        });
        for (const page of answers) expect(bytesOf(page)).toBeLessThanOrEqual(ANSWER_BYTES);
        const read = answers.flatMap((page) => page.entries);
        expect(read).toHaveLength(all.length);
        for (const [index, entry] of read.entries())
          expect(entry.truncated ? all[index]?.text.startsWith(entry.text) : all[index]?.text === entry.text).toBe(
            true,
          );
      }),
      { numRuns: 60 },
    );
  });

  it('of get_task_result is small, and its pieces together are the result', async () => {
    await fc.assert(
      fc.asyncProperty(text(30_000), async (whole) => {
        const result: ControlPlane['result'] = async ({ task_id, offset = 0, max_bytes: most = ANSWER_BYTES }) => {
          const head = { task_id, status: 'succeeded' as const, terminal: true, size: whole.length };
          const end = offset + most;
          if (end >= whole.length) return { ...head, result: whole.slice(offset), truncated: false };
          const next = {
            tool: 'get_task_result',
            arguments: { task_id, offset: end, max_bytes: most },
            when: 'to read on',
          };
          return { ...head, result: whole.slice(offset, end), truncated: true, next_offset: end, next };
        };
        let read = '';
        for (let input: object | undefined = { task_id: 't' }; input;) {
          const piece: Page & { result?: string } = await told('get_task_result', { result }, input);
          expect(bytesOf(piece)).toBeLessThanOrEqual(ANSWER_BYTES + 100);
          read += piece.result ?? '';
          expect(piece.next?.arguments ?? {}).not.toHaveProperty('max_bytes');
          input = piece.next?.arguments;
        }
        expect(read).toBe(whole);
      }),
      { numRuns: 60 },
    );
  });

  it('of get_task_result is small beside a long error too, and names the call that brings that whole', async () => {
    const failed = fc.record({ message: text(6000), all: text(6000), note: text(6000), whole: text(20_000) });
    await fc.assert(
      fc.asyncProperty(failed, async ({ message, all, note, whole }) => {
        const error = {
          code: 'AD_TASK_FAILED',
          message,
          hint: 'h',
          fault: 'provider',
          retryable: false,
          details: { all },
        };
        const beside = { task_id: 't', status: 'failed', terminal: true, error, handoff: { note } };
        const result = async ({ offset = 0, max_bytes: most = ANSWER_BYTES }): Promise<object> => {
          const end = offset + most;
          const more = end < whole.length;
          const next = { tool: 'get_task_result', arguments: { task_id: 't', offset: end }, when: 'to read on' };
          return {
            ...beside,
            result: whole.slice(offset, end),
            truncated: more,
            ...(more && { next_offset: end, next }),
          };
        };
        type Said = Page & { result: string; next_offset?: number; error: { code: string; truncated?: true } };
        const plane = { result } as unknown as Partial<ControlPlane>;
        let read = '';
        for (let offset: number | undefined = 0; offset !== undefined;) {
          const said: Said = await told('get_task_result', plane, { task_id: 't', offset });
          expect(bytesOf(said)).toBeLessThanOrEqual(ANSWER_BYTES);
          expect(said.error.code).toBe(error.code);
          if (said.error.truncated !== true) expect(said).toMatchObject(beside);
          else expect(said.next).toBeDefined();
          if (said.error.truncated === true && said.next_offset === undefined)
            expect(said.next).toMatchObject({ tool: 'get_task_status', arguments: { task_id: 't', whole: true } });
          read += said.result;
          offset = said.next_offset;
        }
        expect(read).toBe(whole);
      }),
      { numRuns: 60 },
    );
  });
});
