// How much of what an MCP server sends is held or followed. An agent is not trusted to be brief.

const KIB = 1024;
const MIB = 1024 * KIB;

export const LIMITS = {
  /** One answer to a tool call, or one message of its stream, in bytes: held whole to be read. */
  answerBytes: 64 * MIB,
  /** The same for everything that comes before the call: the handshake and the list of tools. */
  handshakeBytes: 4 * MIB,
  /** One answer as a stream, in bytes: all of it goes into the log. */
  streamBytes: 512 * MIB,
  /** Body of a failed answer that is read, in bytes. */
  excerptBytes: 4 * KIB,
  /** Pages of the list of tools, and tools on them. */
  toolPages: 16,
  tools: 1000,
  /** Files inside a result, in bytes all together. What is beyond is left out, and the log says so. */
  fileBytes: 32 * MIB,
  files: 100,
  /** Text of a result, in characters. What follows is in the log alone, and the result says so. */
  resultCharacters: 8 * MIB,
  /** Events that wait to be stored before no more is read from the agent. */
  waitingEvents: 256,
  /** A question as JSON, in bytes: it becomes part of the task's record. */
  questionBytes: 12 * KIB,
  /** Questions open at a time. */
  questions: 16,
  /** What a server wants to be given back with the answers, in bytes, as far as it is kept for another process. */
  keptStateBytes: 24 * KIB,
} as const;

export type McpLimits = { readonly [Name in keyof typeof LIMITS]: number };
