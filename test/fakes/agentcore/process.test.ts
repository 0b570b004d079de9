// A client in a process of its own, led here by environment variables alone, as the product's processes are.
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type FakeAgentCore, FAKE_CREDENTIALS, jsonAgent, startFakeAgentCore } from './index.js';
import { sessionId } from './sdk-clients.js';

const CLIENT = `
  import { BedrockAgentCoreClient, InvokeAgentRuntimeCommand } from '@aws-sdk/client-bedrock-agentcore';
  const [agentRuntimeArn, runtimeSessionId] = process.argv.slice(1);
  const command = new InvokeAgentRuntimeCommand({ agentRuntimeArn, runtimeSessionId, contentType: 'application/json', payload: '{}' });
  const said = await new BedrockAgentCoreClient({ maxAttempts: 1 }).send(command).then(
    (answer) => answer.response.transformToString(),
    (error) => JSON.stringify({ name: error.name, code: error.code }),
  );
  process.stdout.write(said);
`;

let fake: FakeAgentCore;
afterEach(() => fake.close());

async function runClient(): Promise<unknown> {
  const accessKeyId = 'FAKEACCESSKEY1';
  const env = {
    ...fake.environment(),
    AWS_REGION: 'us-west-2',
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: FAKE_CREDENTIALS[accessKeyId].secretAccessKey,
  };
  const cwd = dirname(fileURLToPath(import.meta.url));
  const args = ['--input-type=module', '--eval', CLIENT, '--', fake.arn('researcher'), sessionId('a')];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, env });
  return JSON.parse(stdout);
}

describe('a client in another process', () => {
  it('finds the fake by its environment', async () => {
    fake = await startFakeAgentCore({ agents: { researcher: jsonAgent(() => 'hi') } });
    expect(await runClient()).toBe('hi');
  });

  it('sees a lost response as a closed connection', async () => {
    fake = await startFakeAgentCore({ agents: { researcher: jsonAgent(() => 'hi') } });
    fake.faults.inject({ operation: 'InvokeAgentRuntime', fault: { kind: 'lost-response' } });
    expect(await runClient()).toEqual({ name: 'TimeoutError', code: 'ECONNRESET' });
  });
});

describe('a mistake in the set-up', () => {
  it('comes to light when the fake closes', async () => {
    fake = await startFakeAgentCore({ agents: {}, runtimes: [{ name: 'researcher' }] });
    expect(await runClient()).toMatchObject({ name: 'InternalServerException' });
    await expect(fake.close()).rejects.toThrow(AggregateError);
    fake = await startFakeAgentCore({ agents: {} });
  });
});
