// What makes a repeated call the same task: a key from the caller, or the call id that its client repeats.
import { digestOf } from '../config/canonical-json.js';
import { isRecord } from '../config/record.js';
import type { Json } from './json.js';
import type { CallerIdentity, Prepared, PreparedRequest } from './prepared.js';

const EXPLICIT = 'key:';

/** Whether the caller itself gave the key. */
export const isExplicit = (idempotency: Prepared['idempotency']): boolean =>
  idempotency?.key.startsWith(EXPLICIT) === true;

/** Keys of callers and call ids of clients never meet: each carries where it comes from. */
export function idempotencyOf(
  given: Json,
  request: PreparedRequest,
  { client, callId }: CallerIdentity,
): Prepared['idempotency'] {
  const explicit = isRecord(given) ? given['idempotency_key'] : undefined;
  const key =
    typeof explicit === 'string'
      ? `${EXPLICIT}${explicit}`
      : callId === undefined
        ? undefined
        : `call:${client?.name ?? ''}:${callId}`;
  return key === undefined ? undefined : { key, hash: digestOf(askedFor(request)) };
}

/** Who asks does not belong to what is asked: the same key from another client means the same task. */
export function askedFor(request: PreparedRequest): Omit<PreparedRequest, 'client'> {
  const { client: _, ...asked } = request;
  return asked;
}
