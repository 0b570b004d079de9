// W3C Trace Context of whoever asks (https://www.w3.org/TR/trace-context/), as it may be stored and passed on. Whatever is
// malformed counts as not there, as the standard has it.
import type { TraceContext } from '@agent-dispatch/schemas';

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/s;
const KEY = /^[a-z0-9][a-z0-9_\-*/@]{0,255}$/;
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;
const MOST_MEMBERS = 32;
const MOST_STATE = 512;

/** undefined where there is no usable `traceparent`. A later version's is given in the form of the first, which is all that we know of it. */
export function readTrace(given: { traceparent?: unknown; tracestate?: unknown } = {}): TraceContext | undefined {
  const traceparent = parentOf(given.traceparent);
  if (traceparent === undefined) return undefined;
  const tracestate = stateOf(given.tracestate);
  return { traceparent, ...(tracestate !== undefined && { tracestate }) };
}

function parentOf(given: unknown): string | undefined {
  const [, version, traceId = '', parentId = '', flags, more] =
    (typeof given === 'string' && TRACEPARENT.exec(given)) || [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (isZero(traceId) || isZero(parentId)) return undefined;
  return `00-${traceId}-${parentId}-${flags ?? '00'}`;
}

const isZero = (digits: string): boolean => /^0+$/.test(digits);

function stateOf(given: unknown): string | undefined {
  if (typeof given !== 'string' || given.length > MOST_STATE) return undefined;
  const members = given.split(',').map((member) => member.replaceAll(/^[ \t]+|[ \t]+$/g, ''));
  const told = members.filter((member) => member !== '');
  const keys = told.map((member) => member.slice(0, member.indexOf('=')));
  const isGood =
    told.length > 0 &&
    told.length <= MOST_MEMBERS &&
    new Set(keys).size === keys.length &&
    told.every((member, index) => KEY.test(keys[index] ?? '') && VALUE.test(member.slice(member.indexOf('=') + 1)));
  return isGood ? told.join(',') : undefined;
}
