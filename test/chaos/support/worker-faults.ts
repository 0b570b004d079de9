// Which fault a request meets on its way to the worker: of starts each kind in turn, of all others by chance. None of them may
// cost a task anything.
import type { Fault, FaultCandidate } from '../../fakes/agentcore/index.js';
import type { Dice } from './dice.js';

const NONE = undefined;
const LATE: Fault = { kind: 'late', afterMs: 1_500 };
const SERVER_ERROR: Fault = { kind: 'error', type: 'InternalServerException' };
const CONFLICT: Fault = { kind: 'error', type: 'RetryableConflictException' };
const HTML: Fault = { kind: 'html' };

const STARTS: readonly (Fault | undefined)[] = [
  { kind: 'lost-response' },
  { kind: 'throttle' },
  { kind: 'reset', afterChunks: 0 },
  NONE,
  SERVER_ERROR,
  LATE,
  CONFLICT,
  HTML,
];
const OTHER_SHARE = 1 / 4;
const OTHER: readonly Fault[] = [
  { kind: 'throttle' },
  SERVER_ERROR,
  HTML,
  CONFLICT,
  { kind: 'lost-response' },
  { kind: 'reset', afterChunks: 0 },
  { kind: 'reset', afterChunks: 2 },
  { kind: 'slow-body', everyMs: 50 },
  { kind: 'late', afterMs: 300 },
];

export function workerFaults(dice: Dice): (request: FaultCandidate) => Fault | undefined {
  const met = new Set<string>();
  return ({ operation, body, sessionId = '' }) => {
    const isStart = operation === 'InvokeAgentRuntime' && Buffer.from(body).includes('"agentdispatch":"start"');
    if (!isStart || met.has(sessionId)) return dice.chance(OTHER_SHARE) ? dice.pick(OTHER) : undefined;
    met.add(sessionId);
    return STARTS[met.size % STARTS.length];
  };
}
