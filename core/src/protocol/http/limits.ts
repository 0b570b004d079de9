// How much of an agent's answer is held or followed. An agent is not trusted to be brief.

const KIB = 1024;
const MIB = 1024 * KIB;

export const LIMITS = {
  /** A JSON answer beyond this is refused: it has to be held whole to be read. */
  jsonBytes: 50 * MIB,
  /** A stream beyond this is refused: all of it goes into the log. */
  streamBytes: 512 * MIB,
  /** One event or line of a stream, in characters. Held until it is complete. */
  eventCharacters: 16 * MIB,
  /** Text of a stream kept as its result, in characters. What follows is in the log alone, and the result says so. */
  resultCharacters: 8 * MIB,
  /** Body of a failed answer that goes into the error's message, in bytes. */
  excerptBytes: 4 * KIB,
  /** One answer of the worker that is not followed, in bytes. */
  answerBytes: MIB,
  /** One file that the worker collected, in bytes. Larger ones are left with it. */
  artifactBytes: 2048 * MIB,
  /** The protocol's own event beside a message, in bytes of JSON. Larger ones are left out. */
  rawBytes: 16 * KIB,
  /** A question with its schema, in bytes of JSON: as much as a task's record takes. */
  questionBytes: 16 * KIB,
} as const;

export type HttpLimits = { readonly [Name in keyof typeof LIMITS]: number };
