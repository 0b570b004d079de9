// A download against a server on loopback: over plain HTTP, and with loopback allowed, where nothing else is said.
import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { download, type DownloadOptions } from './download.js';
import { isPublicAddress } from './public-address.js';

let server: Server;
let answer: RequestListener;
let asked: string[];
let origin: string;
beforeEach(async () => {
  asked = [];
  server = createServer((request, response) => {
    asked.push(`${request.headers.host ?? ''} ${request.url ?? ''}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function get(url: string, options: Partial<DownloadOptions> = {}): Promise<string> {
  const chunks: Uint8Array[] = [];
  const all: DownloadOptions = {
    url,
    pointer: '/uri',
    maxBytes: 1000,
    request: httpRequest,
    isAllowed: () => true,
    ...options,
  };
  for await (const chunk of download(all)) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const refusal = (code: string, says: string): unknown =>
  expect.objectContaining({
    code,
    message: expect.stringContaining(says) as unknown,
    problems: [expect.objectContaining({ pointer: '/uri' })],
  });

describe('a download', () => {
  it('gives the body, and goes on where the same host leads', async () => {
    answer = ({ url }, response) => {
      if (url === '/a?x=1') response.writeHead(302, { location: '/b' }).end();
      else if (url === '/b') response.writeHead(307, { location: `${origin}/c` }).end();
      else response.end('content');
    };
    expect(await get(`${origin}/a?x=1`)).toBe('content');
    expect(asked.map((line) => line.split(' ')[1])).toEqual(['/a?x=1', '/b', '/c']);
  });

  it.each([
    ['another host', 'https://example.com/x'],
    ['another port', 'http://127.0.0.1:1/x'],
    ['another way to ask', 'file:///etc/passwd'],
    ['nowhere', 'http://'],
  ])('does not go on to %s', async (_what, location) => {
    answer = (_request, response) => void response.writeHead(302, { location }).end();
    await expect(get(`${origin}/a`)).rejects.toEqual(refusal('AD_INPUT_INVALID', 'another host'));
    expect(asked).toHaveLength(1);
  });

  it('does not go on for ever', async () => {
    answer = (_request, response) => void response.writeHead(302, { location: '/again' }).end();
    await expect(get(`${origin}/a`)).rejects.toEqual(refusal('AD_INPUT_UNREACHABLE', 'on and on'));
  });

  it("reaches no address of the host's own network, by number or by name", async () => {
    answer = (_request, response) => void response.end('internal');
    const refused = refusal('AD_INPUT_INVALID', 'not public');
    for (const host of [origin, origin.replace('127.0.0.1', 'localhost'), origin.replace('127.0.0.1', '[::1]')])
      await expect(get(`${host}/a`, { isAllowed: isPublicAddress })).rejects.toEqual(refused);
    expect(asked).toEqual([]);
  });

  it('asks the address that was judged', async () => {
    answer = (_request, response) => void response.end('x');
    const judged: string[] = [];
    const isAllowed = (address: string): boolean => judged.push(address) > 0 && address === '127.0.0.1';
    const named = origin.replace('127.0.0.1', 'localhost');
    await get(`${named}/a`, { isAllowed }).catch(() => undefined);
    expect(judged).toContain('127.0.0.1');
    // Where the name also stands for another address, nobody is asked.
    expect(asked.length).toBe(judged.every((address) => address === '127.0.0.1') ? 1 : 0);
  });

  it('is refused when it says, or turns out, to be too large', async () => {
    answer = (_request, response) => void response.writeHead(200, { 'content-length': '1001' }).end('x'.repeat(1001));
    await expect(get(`${origin}/a`)).rejects.toEqual(refusal('AD_INPUT_TOO_LARGE', '1000'));
  });

  it('that breaks off is no content', async () => {
    answer = (_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => response.destroy());
    };
    await expect(get(`${origin}/a`)).rejects.toEqual(refusal('AD_INPUT_UNREACHABLE', 'broke off'));
  });

  it('that is refused or goes unanswered says how', async () => {
    answer = (_request, response) => void response.writeHead(404).end('not here');
    await expect(get(`${origin}/a`)).rejects.toEqual(refusal('AD_INPUT_UNREACHABLE', '404'));
    await expect(get('http://127.0.0.1:1/a')).rejects.toEqual(refusal('AD_INPUT_UNREACHABLE', 'ECONNREFUSED'));
    answer = () => undefined;
    const signal = AbortSignal.timeout(50);
    await expect(get(`${origin}/a`, { signal })).rejects.toEqual(refusal('AD_INPUT_UNREACHABLE', 'did not answer'));
  });
});
