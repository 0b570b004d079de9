import { afterEach, expect, it } from '@jest/globals';
import { BedrockAgentCoreClient, InvokeAgentRuntimeCommand } from '@aws-sdk/client-bedrock-agentcore';
import type { Handoff } from '@agent-dispatch/core/provider';
import { validate } from '@agent-dispatch/schemas';
import {
  type AgentRequest,
  type FakeAgentCore,
  jsonAgent,
  startFakeAgentCore,
} from '@agent-dispatch/test/fakes/agentcore/index.js';
import {
  collect,
  contextFor,
  FAKE_ENVIRONMENT,
  loadProvider,
  profileAt,
  startAttempt,
} from '../testdata/provider-at-fake.js';

let fake: FakeAgentCore;
afterEach(() => fake.close());

/** Another program: it has the handoff as JSON, credentials of its own, and nothing else. */
async function talk(handoff: Handoff, message: string): Promise<unknown> {
  const { url, query = {}, headers = {}, auth } = handoff;
  const [, base = '', arn = ''] = /^(.+)\/runtimes\/([^/]+)\/invocations$/.exec(url) ?? [];
  const client = new BedrockAgentCoreClient({
    endpoint: base,
    region: auth.region ?? '',
    credentials: {
      accessKeyId: FAKE_ENVIRONMENT.AWS_ACCESS_KEY_ID,
      secretAccessKey: FAKE_ENVIRONMENT.AWS_SECRET_ACCESS_KEY,
    },
  });
  const command = new InvokeAgentRuntimeCommand({
    agentRuntimeArn: decodeURIComponent(arn),
    qualifier: query['qualifier'],
    runtimeSessionId: headers['X-Amzn-Bedrock-AgentCore-Runtime-Session-Id'],
    contentType: 'application/json',
    payload: Buffer.from(JSON.stringify({ prompt: message })),
  });
  const { response } = await client.send(command);
  client.destroy();
  return JSON.parse((await response?.transformToString()) ?? '') as unknown;
}

it('lets a program that has nothing else talk to the agent in the session of the task', async () => {
  const heard: unknown[] = [];
  const agent = jsonAgent(({ payload, memory }: AgentRequest) => {
    const { prompt } = JSON.parse(Buffer.from(payload).toString()) as { prompt: string };
    heard.push(prompt);
    memory.set(prompt, true);
    return [...memory.keys()];
  });
  fake = await startFakeAgentCore({
    agents: { researcher: agent },
    runtimes: [{ name: 'researcher', endpoints: [{ name: 'prod' }] }],
  });
  const details = { runtimeArn: fake.arn('researcher'), qualifier: 'prod' };
  const context = contextFor({ account: profileAt(fake), details });
  const provider = await loadProvider();
  const { driver } = provider;
  const { handle, events } = startAttempt(driver, context);
  await collect(events);
  const stored = JSON.stringify(driver.handoff(handle, context));
  await provider.close();

  const handoff = JSON.parse(stored) as Handoff;
  expect(validate('Handoff', handoff)).toEqual([]);
  expect(stored).not.toContain(FAKE_ENVIRONMENT.AWS_SECRET_ACCESS_KEY);
  expect(await talk(handoff, 'Go on.')).toEqual(['Say hello.', 'Go on.']);
  expect(fake.sessions()).toMatchObject([{ qualifier: 'prod', executions: 2, bootIds: [expect.any(String)] }]);
});
