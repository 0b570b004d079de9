// Makes a real HTTP server the container: invocations, pings and cards go to it, its answers come back as they are.
// Paths follow the platform's container contract for each protocol.
import { request as httpRequest, type IncomingMessage } from 'node:http';
import type { Agent, MicroVm, PingAnswer, Protocol } from './agent.js';

const INVOKE_PATH: Readonly<Record<Protocol, string>> = {
  HTTP: '/invocations',
  AGUI: '/invocations',
  MCP: '/mcp',
  A2A: '/',
};

export interface ForwardOptions {
  /** Default `application/json`. */
  readonly accepts?: readonly string[] | undefined;
  /** Called when a microVM is gone, to end the process that stood for it. */
  readonly ended?: ((vm: MicroVm) => void) | undefined;
}

/**
 * An agent behind a URL. A function is asked once for each microVM, so that each session can get a process of its own;
 * a plain URL is one container shared by all sessions, which is less than the platform's isolation.
 */
export function forwardTo(
  target: string | ((vm: MicroVm) => string | Promise<string>),
  options: ForwardOptions = {},
): Agent {
  const addresses = new WeakMap<Map<string, unknown>, Promise<string>>();
  const addressOf = (vm: MicroVm): Promise<string> => {
    const known = addresses.get(vm.memory);
    if (known !== undefined) return known;
    const address = Promise.resolve(typeof target === 'function' ? target(vm) : target);
    addresses.set(vm.memory, address);
    return address;
  };
  return {
    ...options,
    async invoke(call) {
      const url = new URL(INVOKE_PATH[call.protocol], await addressOf(call));
      const answer = await send('POST', url, call.headers, call.payload);
      return { status: answer.statusCode ?? 502, headers: flatten(answer), body: answer };
    },
    async ping(vm): Promise<PingAnswer> {
      const { status, time_of_last_update: seconds } = (await readJson(await addressOf(vm), '/ping')) as {
        status?: unknown;
        time_of_last_update?: unknown;
      };
      return {
        status: status === 'HealthyBusy' ? 'HealthyBusy' : 'Healthy',
        ...(typeof seconds === 'number' && { changedAt: seconds * 1000 }),
      };
    },
    card: async (vm) => readJson(await addressOf(vm), '/.well-known/agent-card.json'),
  };
}

async function readJson(base: string, path: string): Promise<unknown> {
  const answer = await send('GET', new URL(path, base), {});
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  if (answer.statusCode !== 200) throw new Error(`the container answered ${answer.statusCode} to GET ${path}`);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

function send(
  method: string,
  url: URL,
  headers: Readonly<Record<string, string>>,
  body?: Uint8Array,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(url, { method, headers: { ...headers } }, resolve);
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function flatten(answer: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(answer.headers).map(([name, value]) => [name, [value ?? ''].flat().join(', ')]),
  );
}
