// The control plane of AgentCore, as far as it is read: what an agent runtime and its endpoint are and whether they are ready.
// The only import site of its SDK client, loaded at the first call.
import type {
  BedrockAgentCoreControlClient,
  GetAgentRuntimeCommandOutput,
  GetAgentRuntimeEndpointCommandOutput,
} from '@aws-sdk/client-bedrock-agentcore-control';
import { type ClientOptions, endpointOption, REPEATABLE } from './client-options.js';

const loadSdk = () => import('@aws-sdk/client-bedrock-agentcore-control');

export class ControlPlane {
  readonly #options: ClientOptions & { endpoint?: string };
  #client: BedrockAgentCoreControlClient | undefined;

  constructor(options: ClientOptions, endpoint: string | undefined) {
    this.#options = { ...options, ...endpointOption(endpoint) };
  }

  async runtime(agentRuntimeId: string, abortSignal: AbortSignal): Promise<GetAgentRuntimeCommandOutput> {
    const { GetAgentRuntimeCommand } = await loadSdk();
    return (await this.#ready()).send(new GetAgentRuntimeCommand({ agentRuntimeId }), { abortSignal });
  }

  async endpoint(
    agentRuntimeId: string,
    endpointName: string,
    abortSignal: AbortSignal,
  ): Promise<GetAgentRuntimeEndpointCommandOutput> {
    const { GetAgentRuntimeEndpointCommand } = await loadSdk();
    const command = new GetAgentRuntimeEndpointCommand({ agentRuntimeId, endpointName });
    return (await this.#ready()).send(command, { abortSignal });
  }

  close(): void {
    this.#client?.destroy();
  }

  async #ready(): Promise<BedrockAgentCoreControlClient> {
    const { BedrockAgentCoreControlClient } = await loadSdk();
    return (this.#client ??= new BedrockAgentCoreControlClient({ ...this.#options, ...REPEATABLE }));
  }
}
