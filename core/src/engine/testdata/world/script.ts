// What happens in a modelled world, as plain data that fast-check makes and shrinks: the tasks, every answer of the cloud
// to each of them, and the moves of whoever drives the world. After its last answer a verb answers well.
import fc from 'fast-check';
import type { AdmissionRule } from '../../admission.js';

export const PROVISION = [
  'ready',
  'slow',
  'names',
  'throttled',
  'denied',
  'half',
  'breaks off',
  'hangs',
  'stuck',
] as const;
export const START = [
  'follows',
  'throttled',
  'denied',
  'answer lost',
  'request lost',
  'breaks off',
  'lands late',
  'unknown',
  'over',
  'resets',
  'twice',
  'hangs',
  'stuck',
] as const;
export const RESUME = ['truth', 'breaks off', 'unknown', 'resets', 'unknown later', 'twice', 'hangs', 'stuck'] as const;
export const CANCEL = ['stops', 'slow', 'throws', 'answer lost', 'requested', 'unsupported', 'hangs'] as const;
export const CLEANUP = ['verified', 'throws', 'partly', 'answer lost', 'accepted', 'unverifiable', 'hangs'] as const;
/** What the work tells, one piece at a time, each with the next cursor. */
export const PIECES = ['line', 'line', 'word', 'message', 'progress', 'names', 'asks', 'artifact'] as const;

export interface Answers {
  provision: (typeof PROVISION)[number][];
  start: (typeof START)[number][];
  resume: (typeof RESUME)[number][];
  cancel: (typeof CANCEL)[number][];
  cleanup: (typeof CLEANUP)[number][];
}

export const KINDS = ['box', 'session', 'disk', 'kept', 'image', 'target'] as const;
export type Kind = (typeof KINDS)[number];
export const KEEP_SECONDS = 30;

export type Piece = (typeof PIECES)[number];

export interface TaskScript {
  resume: boolean;
  startIdempotent: boolean;
  settleSeconds: number;
  maxAttempts: number;
  timeoutSeconds: number;
  provisionSeconds: number;
  idleSeconds: number | undefined;
  /** Admission slots it needs. */
  slots: readonly string[];
  /**
   * box: made for an attempt, the work lives in it. session: born when the work begins. disk: of the whole task. kept: for
   * a while after the end. image: shared by all tasks that have it. target: borrowed.
   */
  resources: readonly Kind[];
  pieces: readonly Piece[];
  /** How the work ends after its last piece. */
  end: 'succeeded' | 'failed' | 'never';
  answers: Answers;
  /** The cloud never removes anything. */
  keepsAll: boolean;
}

/**
 * go: the n-th of those who wait goes on. flow: so many go on in the order in which they came. time: on to the next time
 * at which something is due. jump: so many seconds pass at once, as on a machine that slept. submit: the next task.
 * cancel: of the n-th task. crash: the host is gone at once. stop: the host ends as it is told to. fail: the store cannot
 * be written any more. After each of the last three another host takes over.
 */
export type Move =
  readonly ['go' | 'flow' | 'jump' | 'cancel', number] | readonly ['time' | 'submit' | 'crash' | 'stop' | 'fail'];

export interface Script {
  tasks: readonly TaskScript[];
  moves: readonly Move[];
}

/** Tasks at a time in `one` and `two`, starts in a second, and seconds of running in a day. */
export const RULES: Readonly<Record<string, Pick<AdmissionRule, 'limit' | 'counts'>>> = {
  one: { limit: 1 },
  two: { limit: 2 },
  rate: { limit: 1, counts: 'starts' },
  budget: { limit: 400, counts: 'seconds' },
};

const few = <Value extends string>(values: readonly Value[], maxLength = 3): fc.Arbitrary<Value[]> =>
  fc.array(fc.constantFrom(...values), { maxLength });

const answers: fc.Arbitrary<Answers> = fc.record({
  provision: few(PROVISION, 2),
  start: few(START, 2),
  resume: few(RESUME),
  cancel: few(CANCEL),
  cleanup: few(CLEANUP),
});

export interface Wishes {
  maxTasks?: number;
  task?: Partial<TaskScript>;
}

const taskScript = (task: Partial<TaskScript> = {}): fc.Arbitrary<TaskScript> =>
  fc
    .record({
      resume: fc.constantFrom(true, false),
      startIdempotent: fc.constantFrom(false, true),
      settleSeconds: fc.constantFrom(0, 20),
      maxAttempts: fc.constantFrom(1, 3),
      timeoutSeconds: fc.constantFrom(300, 60),
      provisionSeconds: fc.constantFrom(120, 15),
      idleSeconds: fc.constantFrom(undefined, 25),
      slots: fc.subarray(Object.keys(RULES)),
      resources: fc.subarray([...KINDS]),
      pieces: few(PIECES, 5),
      end: fc.constantFrom('succeeded' as const, 'failed' as const, 'never' as const),
      answers,
      keepsAll: fc.integer({ min: 0, max: 99 }).map((draw) => draw === 42),
    })
    .map((made) => ({ ...made, ...task }));

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 10, arbitrary: fc.tuple(fc.constant('flow' as const), fc.integer({ min: 1, max: 12 })) },
  { weight: 8, arbitrary: fc.tuple(fc.constant('go' as const), fc.nat(6)) },
  { weight: 4, arbitrary: fc.constant(['time'] as const) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('jump' as const), fc.constantFrom(5, 20, 30, 120)) },
  { weight: 2, arbitrary: fc.constant(['submit'] as const) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('cancel' as const), fc.nat(3)) },
  { weight: 2, arbitrary: fc.constant(['crash'] as const) },
  { weight: 1, arbitrary: fc.constant(['stop'] as const) },
  { weight: 1, arbitrary: fc.constant(['fail'] as const) },
);

/** Any world, or one of the kind that is wished for. */
export const script = ({ maxTasks = 3, task }: Wishes = {}): fc.Arbitrary<Script> =>
  fc.record({
    tasks: fc.array(taskScript(task), { minLength: 1, maxLength: maxTasks }),
    moves: fc.array(move, { maxLength: 60, size: 'max' }),
  });
