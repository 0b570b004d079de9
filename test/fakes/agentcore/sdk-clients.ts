// Real, unmodified SDK clients pointed at the fake, and the few calls that its own tests make over and over.
import {
  BedrockAgentCoreClient,
  type BedrockAgentCoreClientConfig,
  InvokeAgentRuntimeCommand,
  type InvokeAgentRuntimeCommandInput,
  type InvokeAgentRuntimeCommandOutput,
  StopRuntimeSessionCommand,
  type StopRuntimeSessionCommandOutput,
} from '@aws-sdk/client-bedrock-agentcore';
import { BedrockAgentCoreControlClient } from '@aws-sdk/client-bedrock-agentcore-control';
import { FAKE_CREDENTIALS, type FakeAgentCore } from './start.js';

const ACCESS_KEY = 'FAKEACCESSKEY1';

/** A data plane client of the first region, one attempt only. */
export function dataClient(fake: FakeAgentCore, config: BedrockAgentCoreClientConfig = {}): BedrockAgentCoreClient {
  return new BedrockAgentCoreClient({ ...connection(fake), ...config });
}

export function controlClient(fake: FakeAgentCore): BedrockAgentCoreControlClient {
  return new BedrockAgentCoreControlClient(connection(fake));
}

function connection(fake: FakeAgentCore): BedrockAgentCoreClientConfig {
  const { secretAccessKey } = FAKE_CREDENTIALS[ACCESS_KEY];
  const region = 'us-west-2';
  return {
    region,
    endpoint: fake.regionUrl(region),
    credentials: { accessKeyId: ACCESS_KEY, secretAccessKey },
    maxAttempts: 1,
  };
}

/** A session id of legal length that a test can read. */
export function sessionId(name: string): string {
  return `session-${name}`.padEnd(40, '0');
}

export interface Target {
  readonly fake: FakeAgentCore;
  readonly client: BedrockAgentCoreClient;
  readonly session: string;
}

export function invoke(
  { fake, client, session }: Target,
  overrides: Partial<InvokeAgentRuntimeCommandInput> = {},
  abortSignal?: AbortSignal,
): Promise<InvokeAgentRuntimeCommandOutput> {
  const command = new InvokeAgentRuntimeCommand({
    agentRuntimeArn: overrides.agentRuntimeArn ?? fake.arn('researcher'),
    runtimeSessionId: session,
    contentType: 'application/json',
    payload: Buffer.from('{"prompt":"hello"}'),
    ...overrides,
  });
  return client.send(command, { abortSignal });
}

export function stop(
  { fake, client, session }: Target,
  clientToken?: string,
): Promise<StopRuntimeSessionCommandOutput> {
  const agentRuntimeArn = fake.arn('researcher');
  return client.send(new StopRuntimeSessionCommand({ agentRuntimeArn, runtimeSessionId: session, clientToken }));
}

/** The whole body as text. */
export async function textOf({ response }: InvokeAgentRuntimeCommandOutput): Promise<string> {
  return (await response?.transformToString()) ?? '';
}

/** Reads one more chunk of a streamed answer; undefined at its end. */
export function chunkReader({ response }: InvokeAgentRuntimeCommandOutput): () => Promise<string | undefined> {
  const iterator = (response as unknown as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  return async () => {
    const step = await iterator.next();
    return step.done === true ? undefined : step.value.toString('utf8');
  };
}
