// Which fault a request meets at the fake cloud's endpoint. That of an invocation goes by the task's plan, so that every
// kind is met by a task that can stand it; those of other calls are left to chance.
import type { Fault, FaultCandidate } from '../../fakes/agentcore/index.js';
import { planIn } from './cloud-work.js';
import type { Dice } from './dice.js';
import type { Fate, Plan } from './world.js';

const NONE = undefined;
/** Well under the settle time that the driver declares: a request is not under way for longer. */
const LATE: Fault = { kind: 'late', afterMs: 1_500 };
const AFTER_STOP: Fault = { kind: 'late', afterStop: true };
const HANG: Fault = { kind: 'hang' };
const SERVER_ERROR: Fault = { kind: 'error', type: 'InternalServerException' };
const HTML: Fault = { kind: 'html' };

/** Only where the task ends by a stop may a request hang, or land when that stop is over. */
const INVOCATION: Partial<Record<Fate, readonly (Fault | undefined)[]>> = {
  end: [
    { kind: 'throttle' },
    NONE,
    SERVER_ERROR,
    LATE,
    HTML,
    { kind: 'slow-body', everyMs: 100 },
    { kind: 'lost-response' },
    NONE,
    { kind: 'reset', afterChunks: 1 },
    { kind: 'reset', afterChunks: 0 },
  ],
  cancel: [LATE, NONE],
  'cancel-at-once': [AFTER_STOP, LATE, HANG],
  timeout: [HANG, AFTER_STOP, NONE],
};

const OTHER_SHARE = 1 / 4;
/** Rarer: each costs the seconds that the driver waits for an answer. */
const HANG_SHARE = 1 / 60;
const OTHER: readonly Fault[] = [
  { kind: 'throttle' },
  SERVER_ERROR,
  HTML,
  { kind: 'lost-response' },
  { kind: 'reset', afterChunks: 0 },
  { kind: 'slow-body', everyMs: 50 },
  { kind: 'late', afterMs: 300 },
];

/**
 * @param afterStop whether a request may land only when a stop was answered. Not while dispatchers are killed: the next
 * one stops a session once, after the settle time, and such a request would be under way for longer than that.
 */
export function cloudFaults(
  dice: Dice,
  { afterStop }: { afterStop: boolean },
): (request: FaultCandidate) => Fault | undefined {
  const met = new Set<number>();
  return ({ operation, body }) => {
    if (operation !== 'InvokeAgentRuntime') {
      if (dice.chance(HANG_SHARE)) return HANG;
      return dice.chance(OTHER_SHARE) ? dice.pick(OTHER) : undefined;
    }
    const plan = planIn(body);
    // A further attempt has nothing in its way.
    if (plan === undefined || met.has(plan.index)) return undefined;
    met.add(plan.index);
    const fault = faultOf(plan);
    return fault === AFTER_STOP && !afterStop ? LATE : fault;
  };
}

/** By turns: fates come by turns of ten. */
function faultOf({ index, fate }: Plan): Fault | undefined {
  const faults = INVOCATION[fate] ?? [];
  return faults[(index + Math.floor(index / 10)) % Math.max(faults.length, 1)];
}
