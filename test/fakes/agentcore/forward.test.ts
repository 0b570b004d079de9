import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type FakeAgentCore, forwardTo, ManualClock, startFakeAgentCore } from './index.js';
import { chunkReader, dataClient, invoke, sessionId, stop } from './sdk-clients.js';

let fake: FakeAgentCore;
let container: Server;
afterEach(async () => {
  await fake.close();
  container.closeAllConnections();
  container.close();
});

const seen: string[] = [];

interface Container {
  readonly url: string;
  /** Ends the answers that are open. */
  readonly finish: () => void;
  readonly becomeIdle: () => void;
}

/** A container of the HTTP contract: its answer begins with the session id and stays open; it pings busy until told otherwise. */
async function startContainer(): Promise<Container> {
  let status = 'HealthyBusy';
  const open: ServerResponse[] = [];
  seen.length = 0;
  container = createServer((request, response) => {
    seen.push(`${String(request.method)} ${String(request.url)}`);
    request.resume();
    if (request.url === '/ping') {
      response.end(JSON.stringify({ status }));
      return;
    }
    open.push(response);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${String(request.headers['x-amzn-bedrock-agentcore-runtime-session-id'])}\n\n`);
  });
  await new Promise<void>((resolve) => container.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(container.address() as AddressInfo).port}`,
    finish: () => open.forEach((response) => response.end()),
    becomeIdle: () => {
      status = 'Healthy';
    },
  };
}

describe('a container behind a URL', () => {
  it('gets the invocation and streams its answer back', async () => {
    const { url } = await startContainer();
    fake = await startFakeAgentCore({ agents: { researcher: forwardTo(url) } });
    const session = sessionId('a');
    const answer = await invoke({ fake, client: dataClient(fake), session });
    expect(answer.contentType).toBe('text/event-stream');
    expect(await chunkReader(answer)()).toBe(`data: ${session}\n\n`);
    expect(seen).toEqual(['POST /invocations']);
  });

  it('is found once for each microVM and told of its end', async () => {
    const { url } = await startContainer();
    const life: string[] = [];
    const agent = forwardTo((vm) => (life.push(`begin ${vm.bootId}`), url), {
      ended: (vm) => life.push(`end ${vm.bootId}`),
    });
    fake = await startFakeAgentCore({ agents: { researcher: agent } });
    const target = { fake, client: dataClient(fake), session: sessionId('a') };
    await chunkReader(await invoke(target))();
    await chunkReader(await invoke(target))();
    await stop(target);
    await chunkReader(await invoke(target))();
    const [one = '', two = ''] = fake.sessions()[0]?.bootIds ?? [];
    expect(life).toEqual([`begin ${one}`, `end ${one}`, `begin ${two}`]);
  });

  it('keeps its session alive while it pings busy', async () => {
    const clock = new ManualClock();
    const { url, finish, becomeIdle } = await startContainer();
    fake = await startFakeAgentCore({
      agents: { researcher: forwardTo(url) },
      clock,
      runtimes: [{ name: 'researcher', idleSeconds: 60 }],
    });
    const answer = await invoke({ fake, client: dataClient(fake), session: sessionId('a') });
    finish();
    await answer.response?.transformToString();
    await fake.when(() => fake.log.executions({ outcome: 'completed' }).length === 1);
    clock.advance(60_000);
    await fake.when(() => clock.scheduled === 2);
    expect(fake.sessions()).toMatchObject([{ state: 'alive' }]);
    becomeIdle();
    clock.advance(60_000);
    await fake.when(() => fake.sessions()[0]?.state === 'expired');
    expect(seen).toEqual(['POST /invocations', 'GET /ping', 'GET /ping']);
  });
});
