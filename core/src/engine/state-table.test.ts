// The table of moves: every row is really used, and final states are final.
import { describe, expect, it } from '@jest/globals';
import type { TaskRecord, TaskStatus } from '@agent-dispatch/schemas';
import type { Input } from './inputs.js';
import { assertLegal, isTerminal, STATES, TRANSITIONS } from './state-table.js';
import {
  cancelCommand,
  contact,
  fatal,
  fileResult,
  HANDLE,
  inState,
  newTask,
  planned,
  provisioned,
  question,
  resource,
  retryable,
  SECOND,
  step,
  succeeded,
  T0,
  handleWith,
} from './testdata/tasks.js';

const STATUSES = Object.keys(STATES) as TaskStatus[];
const vanished: Input = { type: 'vanished', reason: 'gone' };
const answer: Input = { type: 'answered', requestId: 'q' };
const stopped: Input = { type: 'cancelled', level: 'stopped' };
const startFailed: Input = { type: 'failed', verb: 'start', error: fatal };
const DEADLINE = T0 + 3600 * SECOND;
const patient = { request: { retry: { maxAttempts: 2 } } };

const expired = (): TaskRecord => step(inState('running'), { type: 'tick' }, DEADLINE).record;
const completing = (end: 'succeeded' | 'failed' | 'cancelled'): TaskRecord =>
  step(inState('running'), { type: 'ended', end: { status: end, uncollected: { file: '/tmp/result' } } }).record;

/** A record and the fact that makes the move of the row `from trigger to`. */
const CASES: Record<string, () => [TaskRecord, Input, now?: number]> = {
  'queued planned provisioning': () => [newTask(), planned],
  'queued refused failed': () => [newTask(), { type: 'refused', error: fatal }],
  'queued stopped cancelled': () => [newTask(), cancelCommand()],
  'queued stopped failed': () => [newTask(), { type: 'tick' }, DEADLINE],
  'provisioning provisioned starting': () => [inState('provisioning'), provisioned],
  'provisioning retry queued': () => [
    inState('provisioning', patient),
    { type: 'failed', verb: 'provision', error: retryable },
  ],
  'provisioning attempt-failed failed': () => [
    inState('provisioning'),
    { type: 'failed', verb: 'provision', error: fatal },
  ],
  'provisioning stop cancelling': () => [inState('provisioning'), cancelCommand()],
  'starting contact running': () => [inState('starting'), contact],
  'starting ended completing': () => [inState('starting'), fileResult],
  'starting retry queued': () => [inState('starting', patient), { type: 'failed', verb: 'start', error: retryable }],
  'starting attempt-failed failed': () => [inState('starting'), startFailed],
  'starting outcome-unknown lost': () => [inState('starting'), vanished],
  'starting stop cancelling': () => [inState('starting'), cancelCommand()],
  'running asked input_required': () => [inState('running'), question],
  'running ended completing': () => [inState('running'), fileResult],
  'running attempt-failed failed': () => [inState('running'), startFailed],
  'running outcome-unknown lost': () => [inState('running'), vanished],
  'running stop cancelling': () => [inState('running'), cancelCommand()],
  'input_required answered running': () => [inState('input_required'), answer],
  'input_required ended completing': () => [inState('input_required'), fileResult],
  'input_required attempt-failed failed': () => [inState('input_required'), startFailed],
  'input_required outcome-unknown lost': () => [inState('input_required'), vanished],
  'input_required stop cancelling': () => [inState('input_required'), cancelCommand()],
  'cancelling stopped cancelled': () => [inState('cancelling'), stopped],
  'cancelling stopped failed': () => [expired(), stopped],
  'completing collected succeeded': () => [completing('succeeded'), { type: 'collected', result: { inline: 1 } }],
  'completing collected failed': () => [completing('failed'), { type: 'collected' }],
  'completing collected cancelled': () => [completing('cancelled'), { type: 'collected' }],
};

describe('the table of moves', () => {
  it.each(TRANSITIONS.map((row) => row.join(' ')))('is used by a case: %s', (row) => {
    const [from, , to] = row.split(' ');
    const [record, input, now] = CASES[row]?.() ?? [];
    if (!record || !input) throw new Error('this row has no case');
    expect(record.status).toBe(from);
    const { events } = step(record, input, now);
    expect(events).toContainEqual(expect.objectContaining({ type: 'status', from, to }));
  });

  it('refuses a move it does not have', () => {
    expect(() => assertLegal('succeeded', 'contact', 'running')).toThrow(TypeError);
    expect(() => assertLegal('queued', 'contact', 'running')).toThrow(TypeError);
  });
});

const INPUTS: readonly Input[] = [
  { type: 'recovered' },
  planned,
  { type: 'refused', error: fatal },
  { type: 'waiting', slot: 'tasks' },
  { type: 'handle', handle: HANDLE, place: { cursor: '9', logOffset: 9 } },
  provisioned,
  { type: 'contact', place: { cursor: '9', logOffset: 9 } },
  { type: 'progress', message: 'half', fraction: 0.5 },
  { type: 'message', text: 'hello' },
  question,
  answer,
  { type: 'artifact', artifact: { name: 'a', size: 1, sha256: 'b'.repeat(64) } },
  { type: 'handoff', handoff: { protocol: 'http', url: 'http://x', auth: { scheme: 'none' } } },
  { type: 'gap', from: '1', to: '2' },
  succeeded,
  { type: 'not-started', proof: 'seen' },
  { type: 'interrupted', reason: 'broken' },
  vanished,
  startFailed,
  { type: 'failed', verb: 'resume', error: retryable },
  { type: 'broken', error: fatal },
  { type: 'collected', result: { inline: 'other' } },
  cancelCommand(),
  stopped,
  { type: 'cancel-failed', error: retryable },
  { type: 'tick', lastContactAt: T0 },
];

describe.each(STATUSES.filter(isTerminal))('a task that is %s', (status) => {
  it.each(INPUTS.map((input) => [input.type, input] as const))('is not changed by %s', (_type, input) => {
    const before = inState(status);
    const next = step(before, input, DEADLINE + 1);
    expect({ ...next.record, updatedAt: before.updatedAt }).toEqual(before);
    expect(next.events).toEqual([]);
  });

  it('still takes a name that is learned late into the ledger, and releases it', () => {
    const before = inState(status);
    const handle = handleWith(...HANDLE.resources, resource('box-2'));
    const next = step({ ...before, cleanup: { state: 'done', tries: 0 } }, { type: 'handle', handle });
    expect(next.record.status).toBe(status);
    expect(next.record.resources.map(({ resource: { id } }) => id)).toEqual(['box-1', 'box-2']);
    expect(next.record.cleanup.state).toBe('pending');
    expect(next.effects).toEqual(['cleanup']);
  });
});

describe('a fact that does not belong to the state', () => {
  const early: [TaskStatus, Input][] = [
    ['queued', { type: 'handle', handle: HANDLE, place: { cursor: '1', logOffset: 0 } }],
    ['queued', succeeded],
    ['provisioning', succeeded],
    ['provisioning', { type: 'not-started', proof: 'seen' }],
    ['starting', provisioned],
    ['running', planned],
    ['cancelling', provisioned],
    ['cancelling', succeeded],
    ['cancelling', { type: 'not-started', proof: 'seen' }],
    ['completing', succeeded],
    ['completing', { type: 'interrupted', reason: 'broken' }],
    ['running', { type: 'cleaned', proofs: [{ id: 'box-1', proof: 'verified' }] }],
  ];
  it.each(early)('changes nothing of a task in %s', (status, input) => {
    const before = inState(status);
    const next = step(before, input);
    expect(next).toMatchObject({ record: before, events: [], effects: [] });
  });
});
