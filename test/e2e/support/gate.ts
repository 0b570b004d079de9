// Holds the agents of a test at named points until the test lets them go: no agent here depends on time.
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Place } from './place.js';

export interface Gate {
  /** An agent asks for `<url>/<point>` and goes on when the answer comes. */
  url: string;
  /** Lets pass whoever waits there, and whoever comes later. */
  open(point: string): void;
  /** Resolves once somebody is at this point. */
  reached(point: string): Promise<void>;
}

export async function startGate(place: Place): Promise<Gate> {
  const opened = new Set<string>();
  const waiting = new Map<string, ServerResponse[]>();
  const came = new Map<string, { promise: Promise<void>; resolve: () => void }>();
  const arrival = (point: string): { promise: Promise<void>; resolve: () => void } => {
    const known = came.get(point);
    if (known !== undefined) return known;
    let resolve!: () => void;
    const promise = new Promise<void>((done) => (resolve = done));
    const made = { promise, resolve };
    came.set(point, made);
    return made;
  };
  const server = createServer((request, response) => {
    const point = (request.url ?? '').slice(1);
    arrival(point).resolve();
    if (opened.has(point)) response.end('go');
    else waiting.set(point, [...(waiting.get(point) ?? []), response]);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  place.atEnd(() => {
    server.closeAllConnections();
    server.close();
  });
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    open: (point) => {
      opened.add(point);
      for (const response of waiting.get(point) ?? []) response.end('go');
      waiting.delete(point);
    },
    reached: (point) => arrival(point).promise,
  };
}
