// How much of an AG-UI stream is held or told. Its bytes and texts are bounded as those of every HTTP answer.
import { LIMITS as HTTP_LIMITS } from '../http/limits.js';

const KIB = 1024;
const MIB = 1024 * KIB;

export const LIMITS = {
  ...HTTP_LIMITS,
  /** What is told of one tool call, tool result or thought, in characters. */
  asideCharacters: 2000,
  /** Messages, tool calls and thoughts that are open at the same time, of each kind. */
  openItems: 1000,
  /** Text messages by whose ids a repetition is recognised. */
  knownMessages: 10_000,
  /** Messages and progress of one task. Each is recorded for good; what follows is left out, and the log says so. */
  toldEvents: 10_000,
  /** The conversation that a run which goes on is told, in characters. A longer one is not kept. */
  historyCharacters: MIB,
  /** The agent's state, in characters of JSON. A larger one is not kept. */
  stateCharacters: 16 * MIB,
  /** Changes to the state that are kept, in operations. With more of them it is not kept. */
  stateOperations: 100_000,
  /** One question with its schema, in bytes of JSON: it stands in the handle, too. */
  questionBytes: 12 * KIB,
  /** After the end of the run the agent may still report a failure for so long, in milliseconds. */
  lateErrorMs: 5000,
} as const;

export type AgUiLimits = { readonly [Name in keyof typeof LIMITS]: number };
