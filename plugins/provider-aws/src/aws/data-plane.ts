// The data plane of AgentCore: invokes agents, runs commands and stops sessions. Stops have a client of their own, so that they
// never wait behind running work. The only import site of its SDK client, loaded at the first call.
import type {
  BedrockAgentCoreClient,
  InvokeAgentRuntimeCommandOutput,
  InvokeAgentRuntimeCommandCommandOutput,
} from '@aws-sdk/client-bedrock-agentcore';
import { type ClientOptions, endpointOption, REPEATABLE, WORKING } from './client-options.js';

/** Where a session runs. */
export interface SessionAddress {
  readonly runtimeArn: string;
  readonly qualifier: string;
  readonly sessionId: string;
}

export interface Invocation {
  readonly payload: Uint8Array;
  readonly contentType: string;
  readonly accept?: string;
}

/** Aborting closes the connection; the agent works on. */
export interface InvokeLimits {
  readonly signal: AbortSignal;
  /** Longest wait for the beginning of the answer. */
  readonly headersMs: number;
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
    { runtimeArn, qualifier, sessionId }: SessionAddress,
    { payload, contentType, accept }: Invocation,
    { signal, headersMs }: InvokeLimits,
  ): Promise<InvokeAgentRuntimeCommandOutput> {
    const { InvokeAgentRuntimeCommand } = await loadSdk();
    const input = { agentRuntimeArn: runtimeArn, qualifier, runtimeSessionId: sessionId, contentType, accept, payload };
    const command = new InvokeAgentRuntimeCommand(input);
    return (await this.#worker()).send(command, { abortSignal: signal, requestTimeout: headersMs });
  }

  /** A shell command in the session. Sent once. */
  async command(
    { runtimeArn, qualifier, sessionId }: SessionAddress,
    body: { readonly command: string; readonly timeout: number },
    { signal, headersMs }: InvokeLimits,
  ): Promise<InvokeAgentRuntimeCommandCommandOutput> {
    // The class without the second `Command` in its name is the invocation of an agent.
    const { InvokeAgentRuntimeCommandCommand } = await loadSdk();
    const input = { agentRuntimeArn: runtimeArn, qualifier, runtimeSessionId: sessionId, body };
    const command = new InvokeAgentRuntimeCommandCommand(input);
    return (await this.#worker()).send(command, { abortSignal: signal, requestTimeout: headersMs });
  }

  async stop(
    { runtimeArn, qualifier, sessionId }: SessionAddress,
    { clientToken, signal }: { clientToken: string; signal: AbortSignal },
  ): Promise<void> {
    const { BedrockAgentCoreClient, StopRuntimeSessionCommand } = await loadSdk();
    this.#stopping ??= new BedrockAgentCoreClient({ ...this.#options, ...REPEATABLE });
    const input = { agentRuntimeArn: runtimeArn, qualifier, runtimeSessionId: sessionId, clientToken };
    await this.#stopping.send(new StopRuntimeSessionCommand(input), { abortSignal: signal });
  }

  async #worker(): Promise<BedrockAgentCoreClient> {
    const { BedrockAgentCoreClient } = await loadSdk();
    return (this.#working ??= new BedrockAgentCoreClient({ ...this.#options, ...WORKING }));
  }

  close(): void {
    this.#working?.destroy();
    this.#stopping?.destroy();
  }
}
