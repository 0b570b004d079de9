// The data plane of AgentCore: invokes agents, runs commands and stops sessions. Stops have a client of their own, so that they
// never wait behind running work. The only import site of its SDK client, loaded at the first call.
import { Readable } from 'node:stream';
import type { BedrockAgentCoreClient, InvokeAgentRuntimeCommandCommandOutput } from '@aws-sdk/client-bedrock-agentcore';
import { type AgentAnswer, presentOf } from './agent-answer.js';
import { type ClientOptions, endpointOption, REPEATABLE, working } from './client-options.js';
import { atRightTime } from './right-time.js';

/** Where a session runs. */
export interface SessionAddress {
  readonly runtimeArn: string;
  readonly qualifier: string;
  readonly sessionId: string;
}

export interface Invocation {
  readonly payload: Uint8Array;
  /** Lower-case names; what addresses and proves the call is added. Without `content-type` the SDK says "bytes". */
  readonly headers: Readonly<Record<string, string>>;
}

/** Aborting closes the connection; the agent works on. */
export interface InvokeLimits {
  readonly signal: AbortSignal;
  /** Longest wait for the beginning of the answer. */
  readonly headersMs: number;
  /** Called right before it leaves: credentials are there, and it is signed. */
  readonly leaving?: () => void;
}

const loadSdk = () => import('@aws-sdk/client-bedrock-agentcore');

export class DataPlane {
  readonly #options: ClientOptions & { endpoint?: string };
  #working: BedrockAgentCoreClient | undefined;
  #stopping: BedrockAgentCoreClient | undefined;

  constructor(options: ClientOptions, endpoint: string | undefined) {
    this.#options = { ...options, ...endpointOption(endpoint) };
  }

  /** Sent once. Without a session id the SDK would invent one, and a session whose answer is lost could never be stopped. */
  async invoke(
    address: SessionAddress,
    { payload, headers }: Invocation,
    { signal, headersMs, leaving }: InvokeLimits,
  ): Promise<AgentAnswer> {
    const { InvokeAgentRuntimeCommand } = await loadSdk();
    const { 'content-type': contentType, ...others } = headers;
    const command = new InvokeAgentRuntimeCommand({ ...inputOf(address), contentType, payload });
    command.middlewareStack.add(withHeaders(others), BEFORE_SIGNING);
    command.middlewareStack.add(telling(leaving), AFTER_SIGNING);
    const client = await this.#worker();
    const options = { abortSignal: signal, requestTimeout: headersMs };
    const answer = await atRightTime(client, () => client.send(command, options));
    return {
      statusCode: answer.statusCode ?? 200,
      headers: presentOf({
        'content-type': answer.contentType,
        'mcp-session-id': answer.mcpSessionId,
        'mcp-protocol-version': answer.mcpProtocolVersion,
      }),
      // A Node stream, always, in Node.
      body: answer.response as unknown as Readable | undefined,
    };
  }

  /** The card of an agent that speaks A2A. Like every call to an agent it begins the session. */
  async card(
    address: SessionAddress,
    headers: Invocation['headers'],
    { signal, headersMs, leaving }: InvokeLimits,
  ): Promise<AgentAnswer> {
    const { GetAgentCardCommand } = await loadSdk();
    const command = new GetAgentCardCommand(inputOf(address));
    command.middlewareStack.add(withHeaders(headers), BEFORE_SIGNING);
    command.middlewareStack.add(telling(leaving), AFTER_SIGNING);
    const client = await this.#worker();
    const options = { abortSignal: signal, requestTimeout: headersMs };
    const answer = await atRightTime(client, () => client.send(command, options));
    return {
      statusCode: answer.statusCode ?? 200,
      headers: { 'content-type': 'application/json' },
      body: Readable.from([Buffer.from(JSON.stringify(answer.agentCard ?? null))]),
    };
  }

  /** A shell command in the session. Sent once. */
  async command(
    address: SessionAddress,
    body: { readonly command: string; readonly timeout: number },
    { signal, headersMs, leaving }: InvokeLimits,
  ): Promise<InvokeAgentRuntimeCommandCommandOutput> {
    // The class without the second `Command` in its name is the invocation of an agent.
    const { InvokeAgentRuntimeCommandCommand } = await loadSdk();
    const command = new InvokeAgentRuntimeCommandCommand({ ...inputOf(address), body });
    command.middlewareStack.add(telling(leaving), AFTER_SIGNING);
    const client = await this.#worker();
    const options = { abortSignal: signal, requestTimeout: headersMs };
    return atRightTime(client, () => client.send(command, options));
  }

  async stop(
    address: SessionAddress,
    { clientToken, signal }: { clientToken: string; signal: AbortSignal },
  ): Promise<void> {
    const { BedrockAgentCoreClient, StopRuntimeSessionCommand } = await loadSdk();
    this.#stopping ??= new BedrockAgentCoreClient({ ...this.#options, ...REPEATABLE });
    const input = { ...inputOf(address), clientToken };
    await this.#stopping.send(new StopRuntimeSessionCommand(input), { abortSignal: signal });
  }

  async #worker(): Promise<BedrockAgentCoreClient> {
    const { BedrockAgentCoreClient } = await loadSdk();
    return (this.#working ??= new BedrockAgentCoreClient({ ...this.#options, ...working() }));
  }

  close(): void {
    this.#working?.destroy();
    this.#stopping?.destroy();
  }
}

const BEFORE_SIGNING = { step: 'build' } as const;
const AFTER_SIGNING = { step: 'deserialize' } as const;

const inputOf = ({ runtimeArn, qualifier, sessionId }: SessionAddress) => ({
  agentRuntimeArn: runtimeArn,
  qualifier,
  runtimeSessionId: sessionId,
});

/** The SDK knows some of them by names of its own, and none that a runtime allows beside. */
const withHeaders =
  (headers: Invocation['headers']) =>
  <Args extends { request: unknown }, Answer>(next: (args: Args) => Answer) =>
  (args: Args): Answer => {
    Object.assign((args.request as { headers: Record<string, string> }).headers, headers);
    return next(args);
  };

const telling =
  (leaving: InvokeLimits['leaving']) =>
  <Args, Answer>(next: (args: Args) => Answer) =>
  (args: Args): Answer => {
    leaving?.();
    return next(args);
  };
