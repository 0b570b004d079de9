// What runs inside the fake's "container": the agent contract, and the ways to answer an invocation.
// An agent never hears of the client: no signal tells it that the connection went away, as on the platform.

export type Protocol = 'HTTP' | 'MCP' | 'A2A' | 'AGUI';

/** One microVM: born with the first call of a session, gone with its end. Another one of the same session shares nothing with it. */
export interface MicroVm {
  readonly bootId: string;
  readonly sessionId: string;
  readonly runtimeName: string;
  readonly protocol: Protocol;
  /** `environmentVariables` of the runtime. */
  readonly environment: Readonly<Record<string, string>>;
  /** Whatever the agent wants to keep between calls; empty at each boot. */
  readonly memory: Map<string, unknown>;
  /** The microVM's file system, made when it is first asked for: commands run there. */
  readonly directory: () => string;
  /** Ends it from within, as a container does that exits. */
  readonly die: () => void;
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
  /** Plays commands in the microVM. Default: each runs for real, in its directory. */
  readonly command?: CommandHandler | undefined;
  /** Asked when the session would idle out. Default Healthy. */
  readonly ping?: ((vm: MicroVm) => PingAnswer | Promise<PingAnswer>) | undefined;
  /** The A2A agent card. Without it the container answers 404. */
  readonly card?: ((vm: MicroVm) => unknown) | undefined;
  /** Told once when the microVM is gone: stopped, expired or the fake closed. */
  readonly ended?: ((vm: MicroVm) => void) | undefined;
}

export interface CommandRequest extends MicroVm {
  readonly command: string;
  readonly timeoutSeconds: number;
  /** Resolves when the microVM is gone, and everything in it. */
  readonly gone: Promise<void>;
}

/**
 * What a command tells, in order. `raw`: bytes on the wire as they are, for frames that are cut or broken. An error of the
 * service ends the stream; so does throwing, which drops the connection.
 */
export type CommandEvent =
  | { readonly stdout: string }
  | { readonly stderr: string }
  | { readonly exitCode: number; readonly status?: 'COMPLETED' | 'TIMED_OUT' | undefined }
  | { readonly exception: string; readonly message?: string | undefined }
  | { readonly raw: Uint8Array };

export type CommandHandler = (request: CommandRequest) => AsyncIterable<CommandEvent>;

export type PingStatus = 'Healthy' | 'HealthyBusy';

/** `HealthyBusy` keeps the session alive; so does, with `Healthy`, a change less than the idle time ago. */
export interface PingAnswer {
  readonly status: PingStatus;
  /** `time_of_last_update`, as epoch milliseconds. */
  readonly changedAt?: number | undefined;
}

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
