// What those who write a protocol driver give the contract: a server that speaks the protocol, with an agent behind it that
// the kit scripts. Types alone.
import type { DispatchRequest } from '@agent-dispatch/schemas';
import type { ProtocolDriver } from '../../protocol/index.js';
import type { Channel, DriverContext } from '../../provider/index.js';

export interface ProtocolContractOptions {
  /** Registers one test: Jest's, Vitest's or node:test's. Give each a minute. */
  test: (title: string, run: () => Promise<void>) => unknown;
  protocol: DispatchRequest['target']['protocol'];
  driver: ProtocolDriver;
  /** A fresh server for one test. The best is one that the driver's author did not write. */
  startAgent: (script: AgentScript) => Promise<ScriptedAgent>;
  /** As the offer declares it. Default: a foreign agent. */
  agent?: DriverContext['agent'];
  /** The request's target details, where the driver reads some. */
  details?: Readonly<Record<string, unknown>>;
  /** The agent knows a message again by its id, as offers declare with `send: deduplicated`. Default false. */
  deduplicated?: boolean;
  /** For how long a test waits for anything. Default 30. */
  longestSeconds?: number;
  /** What the protocol cannot do, with the reason. The kit then tries that it is honest about it, where that can be tried. */
  impossible?: Partial<Record<ProtocolCell, string>>;
}

/**
 * streamed: output is readable as it is said. polled: over a channel whose answers come whole. input_required: a question is
 * asked and answered. message: a message that nobody asked for reaches running work. cancel: the agent itself is told to stop.
 * reconnect: work goes on when the connection breaks, and another process follows it. replay: what was said before a cursor is
 * told again. artifact: files come over.
 */
export const PROTOCOL_CELLS = [
  'streamed',
  'polled',
  'input_required',
  'message',
  'cancel',
  'reconnect',
  'replay',
  'artifact',
] as const;

export type ProtocolCell = (typeof PROTOCOL_CELLS)[number];

/**
 * What the agent does with one piece of work: called by the server each time work is begun, never for a repetition. When it
 * throws after `stopped` has aborted, the work ends as cancelled; whatever else it throws is a failure.
 */
export type AgentScript = (work: ScriptedWork) => Promise<AgentEnd>;

export type AgentEnd = { readonly result: string } | { readonly failure: string };

/** The agent's side of one piece of work, as the server maps it to its protocol. */
export interface ScriptedWork {
  readonly instruction: string;
  /** Tells a piece of text, at once. Resolves when the server has it; whether anybody listens does not matter. */
  say(text: string): Promise<void>;
  /** Asks, and resolves with the text of the answer. Called only where `input_required` is possible. */
  ask(question: string): Promise<string>;
  /** The next message that answers no question. Called only where `message` is possible. */
  hear(): Promise<string>;
  /** Leaves a file behind. Called only where `artifact` is possible. */
  leave(file: ScriptedFile): Promise<void>;
  /** Aborts when the agent is told to stop, by whatever the protocol has for it. */
  readonly stopped: AbortSignal;
}

export interface ScriptedFile {
  readonly name: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

export interface ScriptedAgent {
  /** A way to it as a provider would give it. `answerSeconds` is the kit's to set. */
  readonly channel: Channel;
  /** Cuts every connection that is open now, as a network does; the agent and its work go on. */
  dropConnections(): unknown;
  /** Ends server and work; resolves when nothing is left. */
  close(): Promise<unknown>;
}
