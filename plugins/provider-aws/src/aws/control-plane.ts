// The control plane of AgentCore: agent runtimes, their endpoints and tags. Every call may be repeated: what changes something
// carries a token. The only import site of its SDK client, loaded at the first call.
import type {
  AgentRuntime,
  AgentRuntimeEndpoint,
  BedrockAgentCoreControlClient,
  CreateAgentRuntimeCommandInput,
  CreateAgentRuntimeCommandOutput,
  GetAgentRuntimeCommandOutput,
  GetAgentRuntimeEndpointCommandOutput,
} from '@aws-sdk/client-bedrock-agentcore-control';
import { type ClientOptions, endpointOption, REPEATABLE } from './client-options.js';
import { atRightTime } from './right-time.js';

/** With the token of the caller: the SDK's own would differ each time. */
export type CreateInput = CreateAgentRuntimeCommandInput & { clientToken: string };

export type RuntimeSummary = AgentRuntime;

/** Asked for always: how many items a page has otherwise is documented nowhere, and lists are called only so often. */
const LARGEST_PAGE = 100;

const loadSdk = () => import('@aws-sdk/client-bedrock-agentcore-control');

export class ControlPlane {
  readonly #options: ClientOptions & { endpoint?: string };
  #client: BedrockAgentCoreControlClient | undefined;
  #creating: BedrockAgentCoreControlClient | undefined;

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

  /** Sent once: whoever repeats it has noted before that it is under way. */
  async createRuntime(input: CreateInput, abortSignal: AbortSignal): Promise<CreateAgentRuntimeCommandOutput> {
    const { CreateAgentRuntimeCommand } = await loadSdk();
    const client = await this.#once();
    return atRightTime(client, () => client.send(new CreateAgentRuntimeCommand(input), { abortSignal }));
  }

  async deleteRuntime(agentRuntimeId: string, clientToken: string, abortSignal: AbortSignal): Promise<void> {
    const { DeleteAgentRuntimeCommand } = await loadSdk();
    const command = new DeleteAgentRuntimeCommand({ agentRuntimeId, clientToken });
    await (await this.#ready()).send(command, { abortSignal });
  }

  async deleteEndpoint(
    { runtimeId, name }: { runtimeId: string; name: string },
    clientToken: string,
    abortSignal: AbortSignal,
  ): Promise<void> {
    const { DeleteAgentRuntimeEndpointCommand } = await loadSdk();
    const input = { agentRuntimeId: runtimeId, endpointName: name, clientToken };
    await (await this.#ready()).send(new DeleteAgentRuntimeEndpointCommand(input), { abortSignal });
  }

  /** One page of the region's runtimes: the service filters by nothing. */
  async runtimes(nextToken: string | undefined, abortSignal: AbortSignal): Promise<Page<AgentRuntime>> {
    const { ListAgentRuntimesCommand } = await loadSdk();
    const command = new ListAgentRuntimesCommand({ nextToken, maxResults: LARGEST_PAGE });
    const answer = await (await this.#ready()).send(command, { abortSignal });
    return { items: answer.agentRuntimes ?? [], nextToken: answer.nextToken };
  }

  async endpoints(
    agentRuntimeId: string,
    nextToken: string | undefined,
    abortSignal: AbortSignal,
  ): Promise<Page<AgentRuntimeEndpoint>> {
    const { ListAgentRuntimeEndpointsCommand } = await loadSdk();
    const command = new ListAgentRuntimeEndpointsCommand({ agentRuntimeId, nextToken, maxResults: LARGEST_PAGE });
    const answer = await (await this.#ready()).send(command, { abortSignal });
    return { items: answer.runtimeEndpoints ?? [], nextToken: answer.nextToken };
  }

  async tags(resourceArn: string, abortSignal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const { ListTagsForResourceCommand } = await loadSdk();
    const answer = await (await this.#ready()).send(new ListTagsForResourceCommand({ resourceArn }), { abortSignal });
    return answer.tags ?? {};
  }

  close(): void {
    this.#client?.destroy();
    this.#creating?.destroy();
  }

  async #ready(): Promise<BedrockAgentCoreControlClient> {
    const { BedrockAgentCoreControlClient } = await loadSdk();
    return (this.#client ??= new BedrockAgentCoreControlClient({ ...this.#options, ...REPEATABLE }));
  }

  async #once(): Promise<BedrockAgentCoreControlClient> {
    const { BedrockAgentCoreControlClient } = await loadSdk();
    const options = { ...this.#options, ...REPEATABLE, maxAttempts: 1 };
    return (this.#creating ??= new BedrockAgentCoreControlClient(options));
  }
}

export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextToken: string | undefined;
}
