// What runs inside the fake's "container": the agent contract, and the ways to answer an invocation.
// An agent never hears of the client: no signal tells it that the connection went away, as on the platform.

export type Protocol = 'HTTP' | 'MCP' | 'A2A' | 'AGUI';

/** One microVM: born with the first call of a session, gone with its end. Another one of the same session shares nothing with it. */
export interface MicroVm {
  readonly bootId: string;
  readonly sessionId: string;
  readonly runtimeName: string;
  readonly protocol: Protocol;
  /** Whatever the agent wants to keep between calls; empty at each boot. */
  readonly memory: Map<string, unknown>;
}

export interface AgentRequest extends MicroVm {
  /** The caller's body, byte for byte. */
  readonly payload: Uint8Array;
  /** Names in lower case; only those that the platform passes on. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What the container answers. A status of 400 or above reaches the client as RuntimeClientError. */
export interface AgentAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
}

/** Throwing, here or while the body is read, is a crash of the container. */
export type AgentHandler = (request: AgentRequest) => AgentAnswer | Promise<AgentAnswer>;

export interface Agent {
  readonly invoke: AgentHandler;
  /** Media types that the container takes; any other gets 415 from it. Default `application/json` alone. */
  readonly accepts?: readonly string[] | undefined;
  /** Asked when the session would idle out; `HealthyBusy` keeps it alive. Default Healthy. */
  readonly ping?: ((vm: MicroVm) => PingStatus | Promise<PingStatus>) | undefined;
  /** The A2A agent card. Without it the container answers 404. */
  readonly card?: ((vm: MicroVm) => unknown) | undefined;
  /** Told once when the microVM is gone: stopped, expired or the fake closed. */
  readonly ended?: ((vm: MicroVm) => void) | undefined;
}

export type PingStatus = 'Healthy' | 'HealthyBusy';

/** Answers with one JSON document. */
export function json(value: unknown, status = 200): AgentAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(value)) };
}

/** Answers with server-sent events, one chunk an event; each value becomes the JSON of a `data:` line. */
export function sse(events: AsyncIterable<unknown>): AgentAnswer {
  return { status: 200, headers: { 'content-type': 'text/event-stream' }, body: formatEvents(events) };
}

/** Answers with bytes as they are: split characters, broken framing, any media type. */
export function raw(contentType: string, chunks: AsyncIterable<Uint8Array>, status = 200): AgentAnswer {
  return { status, headers: { 'content-type': contentType }, body: chunks };
}

async function* formatEvents(events: AsyncIterable<unknown>): AsyncIterable<Uint8Array> {
  for await (const event of events) yield Buffer.from(`data: ${JSON.stringify(event)}\n\n`);
}
