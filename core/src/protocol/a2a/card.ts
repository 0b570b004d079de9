// What the agent's card says about how to speak to it. Its addresses are never read: the channel's base is pinned.
import { isRecord } from '../../config/record.js';
import { DispatchError, isDispatchError } from '../../errors/index.js';
import type { Channel, DriverContext } from '../../provider/index.js';
import { AnswerBody } from '../http/body.js';
import type { Version } from './dialect.js';
import { WORKER_EXTENSION } from './extension.js';
import { within } from './within.js';

const CARD_PATH = '/.well-known/agent-card.json';
const CARD_BYTES = 1024 * 1024;
const CARD_MS = 30_000;

export interface CardFacts {
  /** Of its JSON-RPC interfaces, the newer first. */
  readonly versions: readonly Version[];
  readonly streaming: boolean;
  /** Stands in every call of version 1.0. Empty: none. */
  readonly tenant: string;
  /** Of our worker: the machine that answers. */
  readonly bootId?: string;
}

/**
 * Reads the card. Undefined where there is none, or where what came is no card: the agent may be spoken to all the same.
 * Errors: AD_PROTOCOL_RESPONSE when the card says that the agent cannot be spoken to by JSON-RPC.
 */
export async function readCard(channel: Channel, context: DriverContext): Promise<CardFacts | undefined> {
  try {
    const card = await within(context, CARD_MS, (signal) => fetchCard(channel, signal));
    return isRecord(card) ? factsIn(card) : undefined;
  } catch (error) {
    context.signal.throwIfAborted();
    if (isDispatchError(error) && error.code === 'AD_PROTOCOL_RESPONSE') throw error;
    context.logger.debug('the agent card cannot be had', { taskId: context.taskId, error: String(error) });
    return undefined;
  }
}

async function fetchCard(channel: Channel, signal: AbortSignal): Promise<unknown> {
  const response = await channel.fetch(CARD_PATH, {
    method: 'GET',
    headers: { accept: 'application/json', 'a2a-version': '1.0' },
    signal,
  });
  const body = new AnswerBody(response, signal);
  try {
    if (!response.ok) return undefined;
    let text = '';
    for await (const part of body.text(CARD_BYTES)) text += part;
    return JSON.parse(text) as unknown;
  } finally {
    body.close();
  }
}

interface Interface {
  readonly binding: string;
  readonly version: string;
  readonly tenant: string;
}

function factsIn(card: Record<string, unknown>): CardFacts | undefined {
  const all = interfacesOf(card);
  if (all.length === 0) return undefined;
  const spoken = all.filter(({ binding }) => binding.toUpperCase() === 'JSONRPC');
  if (spoken.length === 0) {
    const bindings = [...new Set(all.map(({ binding }) => binding))].join(', ').slice(0, 200);
    throw new DispatchError('AD_PROTOCOL_RESPONSE', `The agent's card offers ${bindings}, and no JSON-RPC.`);
  }
  const isOf = (major: string): boolean => spoken.some(({ version }) => version.startsWith(major));
  const versions: Version[] = [...(isOf('1.') ? ['1.0' as const] : []), ...(isOf('0.') ? ['0.3' as const] : [])];
  const { streaming, extensions } = isRecord(card['capabilities']) ? card['capabilities'] : {};
  const params = recordsIn(extensions).find(({ uri }) => uri === WORKER_EXTENSION)?.['params'];
  const bootId = isRecord(params) ? params['bootId'] : undefined;
  return {
    versions,
    streaming: streaming === true,
    tenant: spoken.find(({ version }) => version.startsWith('1.'))?.tenant ?? '',
    ...(typeof bootId === 'string' && { bootId }),
  };
}

const recordsIn = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter(isRecord) : []);

/** A card of version 0.3 names its first interface at the top. */
function interfacesOf(card: Record<string, unknown>): Interface[] {
  const text = (value: unknown, otherwise: string): string => (typeof value === 'string' ? value : otherwise);
  const current = recordsIn(card['supportedInterfaces']).map((each) => ({
    binding: text(each['protocolBinding'], ''),
    version: text(each['protocolVersion'], '1.0'),
    tenant: text(each['tenant'], ''),
  }));
  if (current.length > 0) return current;
  if (typeof card['url'] !== 'string' && card['protocolVersion'] === undefined) return [];
  const version = text(card['protocolVersion'], '0.3');
  const first = { binding: text(card['preferredTransport'], 'JSONRPC'), version, tenant: '' };
  const more = recordsIn(card['additionalInterfaces']).map((each) => ({
    binding: text(each['transport'], ''),
    version,
    tenant: '',
  }));
  return [first, ...more];
}
