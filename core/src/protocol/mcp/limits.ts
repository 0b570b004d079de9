// How much of what an MCP server sends is held or followed, beside the bounds of every HTTP answer.
import { LIMITS as HTTP_LIMITS } from '../http/limits.js';

const KIB = 1024;
const MIB = 1024 * KIB;

export const LIMITS = {
  ...HTTP_LIMITS,
  /** One answer to a tool call, or one message of its stream, in bytes: held whole to be read. */
  callBytes: 64 * MIB,
  /** The same for everything that comes before the call: the handshake and the list of tools. */
  handshakeBytes: 4 * MIB,
  /** Pages of the list of tools. */
  toolPages: 16,
  /** Events that wait to be stored before no more is read from the agent. */
  waitingEvents: 256,
  /** Progress of one task. Each is recorded for good; what follows is left out, and the log says so. */
  toldEvents: 10_000,
  /** A question as JSON, in bytes: it becomes part of the task's record. */
  questionBytes: 12 * KIB,
  /** What is kept of a call that waits for an answer, in bytes of JSON. With more of it no other process can go on with it. */
  keptBytes: 32 * KIB,
  /** Files in one result: how many, and their bytes together. What is beyond is left out, and the log says so. */
  files: 100,
  fileBytes: 32 * MIB,
} as const;

export type McpLimits = { readonly [Name in keyof typeof LIMITS]: number };
