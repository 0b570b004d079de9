// Lets in who has no token: passes each request on as it came, with a token of the server's added. The conformance suite
// knows no way to send one.
import { request as send, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Place } from '../../e2e/support/place.js';
import { loopback } from '../../third-party/support/loopback.js';

/** @returns the same path at another port, until the place ends. */
export async function withToken(url: string, token: string, place: Place): Promise<string> {
  const { port, pathname } = new URL(url);
  const front = await loopback((incoming, outgoing) => void passOn(incoming, outgoing, { port, token }));
  place.atEnd(() => front.close());
  return `${front.url}${pathname}`;
}

async function passOn(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { port, token }: { port: string; token: string },
): Promise<void> {
  const { method, url, rawHeaders } = incoming;
  const headers = [...rawHeaders, 'Authorization', `Bearer ${token}`];
  const onward = send({ host: '127.0.0.1', port, method, path: url, headers });
  onward.once('error', () => outgoing.destroy());
  onward.once('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
    outgoing.flushHeaders();
    // Either side may leave before the end.
    void pipeline(answer, outgoing).catch(() => onward.destroy());
  });
  await pipeline(incoming, onward).catch(() => outgoing.destroy());
}
