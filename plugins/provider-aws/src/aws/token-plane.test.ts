// Against a bare server: what no agent sees of a request, its connection and how long its answer is waited for.
import { once } from 'node:events';
import http, { type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from '@jest/globals';
import { readAccount } from '../account/account.js';
import type { AgentAnswer } from './agent-answer.js';
import { invokeWithToken, stopWithToken, type TokenCall } from './token-plane.js';

const ADDRESS = {
  runtimeArn: 'arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/guarded-Ab12Cd34Ef',
  qualifier: 'DEFAULT',
  sessionId: 'a-session',
};
const TOKEN = 'token-of-a-test';
const INVOCATION = { payload: Buffer.from('{}'), headers: { 'content-type': 'application/json' } };
const LONG_MS = 600_000;

let server: http.Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function serve(listener: RequestListener): Promise<void> {
  server = http.createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
}

function invoke(headersMs = LONG_MS, signal = new AbortController().signal): Promise<AgentAnswer> {
  return invokeWithToken(call(), INVOCATION, { signal, headersMs });
}

function call(): TokenCall {
  const data = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const account = readAccount({ name: 'dev', provider: 'aws', settings: { region: 'us-west-2', endpoints: { data } } });
  return { account, address: ADDRESS, token: TOKEN };
}

it('each call has a connection of its own, which is not kept', async () => {
  const connections: (string | undefined)[] = [];
  await serve(({ headers }, response) => {
    connections.push(headers.connection);
    response.end('done');
  });
  for (const { body } of [await invoke(), await invoke()]) {
    expect(Buffer.concat((await body?.toArray()) ?? []).toString()).toBe('done');
  }
  expect(connections).toEqual(['close', 'close']);
});

it('an answer that does not begin in time is waited for no longer', async () => {
  await serve(() => undefined);
  await expect(invoke(20)).rejects.toThrow('no answer began within 20 ms');
});

it('an answer that leads elsewhere is not followed, with the token', async () => {
  let calls = 0;
  await serve((_request, response) => {
    calls += 1;
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  await expect(invoke()).rejects.toMatchObject({ $metadata: { httpStatusCode: 307 } });
  expect(calls).toBe(1);
});

it('an abort breaks an answer off that has begun', async () => {
  await serve((_request, response) => void response.write('some'));
  const abort = new AbortController();
  const { body } = await invoke(LONG_MS, abort.signal);
  const reading = body?.toArray();
  abort.abort();
  await expect(reading).rejects.toThrow();
  expect(body?.destroyed).toBe(true);
});

it('a stop is sent to the service with token, session and a token of its own', async () => {
  const seen: unknown[] = [];
  await serve((request, response) => {
    const { method, url, headers } = request;
    const { authorization, 'x-amzn-bedrock-agentcore-runtime-session-id': session } = headers;
    void request.toArray().then((chunks) => {
      seen.push({ method, url, authorization, session, body: Buffer.concat(chunks as Buffer[]).toString() });
      response.end('{}');
    });
  });
  await stopWithToken(call(), { clientToken: 'c', signal: new AbortController().signal });
  expect(seen).toEqual([
    {
      method: 'POST',
      url: `/runtimes/${encodeURIComponent(ADDRESS.runtimeArn)}/stopruntimesession?qualifier=DEFAULT`,
      authorization: `Bearer ${TOKEN}`,
      session: ADDRESS.sessionId,
      body: '{"clientToken":"c"}',
    },
  ]);
});
