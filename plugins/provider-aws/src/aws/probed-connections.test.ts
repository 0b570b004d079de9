// A network that forgets silent connections cannot be played here: what is shown is that the system is asked to probe them.
import { Socket } from 'node:net';
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { type FakeAgentCore, jsonAgent, startFakeAgentCore } from '@agent-dispatch/test/fakes/agentcore/index.js';
import {
  collect,
  contextFor,
  type LoadedProvider,
  loadProvider,
  profileAt,
  startAttempt,
} from '../testdata/provider-at-fake.js';

let provider: LoadedProvider;
let fake: FakeAgentCore;
let probed: Set<unknown>;

beforeEach(async () => {
  provider = await loadProvider();
  probed = new Set();
  const setKeepAlive = Reflect.get(Socket.prototype, 'setKeepAlive');
  jest.spyOn(Socket.prototype, 'setKeepAlive').mockImplementation(function (this: Socket, ...given) {
    const [isOn, afterMs = Infinity] = given;
    // The least that AWS's own NAT gateways wait is 350 s; others wait less.
    if (isOn === true && afterMs <= 60_000) probed.add(this);
    return setKeepAlive.apply(this, given);
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await provider.close();
  await fake.close();
});

it.each([
  ['AWS credentials', 'sigv4', {}],
  ['a token', 'bearer', { bearerToken: 'TOKEN' }],
] as const)(
  'the connection of an invocation with %s is probed while it is silent',
  async (_name, authorization, more) => {
    fake = await startFakeAgentCore({
      agents: { researcher: jsonAgent(() => 'done') },
      runtimes: [{ name: 'researcher', authorization }],
      tokens: { 'token-of-a-test': { account: '111122223333' } },
    });
    const secrets = { TOKEN: { source: 'environment', name: 'TOKEN' } } as const;
    const context = contextFor({
      account: profileAt(fake),
      details: { runtimeArn: fake.arn('researcher'), ...more },
      secrets: { TOKEN: 'token-of-a-test' },
      ...(authorization === 'bearer' && { request: { secrets } }),
    });
    const { events } = startAttempt(provider.driver, context);
    expect((await collect(events)).at(-1)).toMatchObject({ outcome: 'succeeded' });
    expect(probed.size).toBe(1);
  },
);
