// How much of what an agent sends over A2A is held or followed. An agent is not trusted to be brief.

const KIB = 1024;
const MIB = 1024 * KIB;

export const LIMITS = {
  /** An answer that comes whole, in bytes. A task's files stand in it as base64. */
  answerBytes: 64 * MIB,
  /** A stream beyond this is refused: its text goes into the log. Bytes. */
  streamBytes: 512 * MIB,
  /** One event of a stream, in characters: the largest file as base64, and what goes with it. */
  eventCharacters: 48 * MIB,
  /** A file beyond this is named in the log and left where it is. Bytes. */
  fileBytes: 32 * MIB,
  /** Text kept for the result, in characters. What follows is in the log alone, and the result says so. */
  resultCharacters: 8 * MIB,
  /** Text of one message event, in characters. What is longer goes into the log. */
  messageCharacters: 16 * KIB,
  /** Message events of one following: each is a durable write. What follows goes into the log. */
  messages: 1000,
  /** The protocol's own event, kept beside a message. Bytes of JSON. */
  rawBytes: 16 * KIB,
  /** A question of our worker with its schema, in bytes of JSON: as much as a task's record takes. */
  questionBytes: 16 * KIB,
  /** Body of a failed answer that goes into the error's message, in bytes. */
  excerptBytes: 4 * KIB,
} as const;

export type A2aLimits = { readonly [Name in keyof typeof LIMITS]: number };
