// Which headers a request to an agent has: those of its protocol, of traces, and those that the target names. Pure.
import type { ChannelRequest, DispatchRequest, Protocol } from '@agent-dispatch/core/provider';
import type { Problem } from './problems.js';

type Headers = Readonly<Record<string, string>>;

export const USER_HEADER = 'X-Amzn-Bedrock-AgentCore-Runtime-User-Id';
const CUSTOM_PREFIX = 'x-amzn-bedrock-agentcore-runtime-custom-';

/** Of a protocol driver's request. What else it says is between it and the channel. */
const PASSED_ON: readonly string[] = [
  ...['content-type', 'accept'],
  ...['mcp-session-id', 'mcp-protocol-version', 'mcp-method', 'mcp-name'],
  ...['a2a-version', 'a2a-extensions'],
  ...['traceparent', 'tracestate', 'baggage', 'x-amzn-trace-id'],
];

/** What a protocol sends in headers that the service keeps from the container unless its runtime allows them. */
const NEEDED: Partial<Record<Protocol, readonly string[]>> = { a2a: ['A2A-Version', 'A2A-Extensions'] };

/** What the service lets a runtime allow. */
const MOST_ALLOWED = 20;

/** Headers by lower-case names; the body is JSON unless it is said otherwise. */
export function agentHeaders(given: ChannelRequest['headers'] = {}, request: DispatchRequest): Headers {
  const passed = lowerCased(given).filter(([name]) => PASSED_ON.includes(name));
  return { 'content-type': 'application/json', ...Object.fromEntries([...lowerCased(ownHeaders(request)), ...passed]) };
}

/** What every request of a task has, by the target's details. */
export function ownHeaders(request: Pick<DispatchRequest, 'target'>): Headers {
  const { runtimeUserId } = request.target.details ?? {};
  return { ...customHeaders(request), ...(typeof runtimeUserId === 'string' && { [USER_HEADER]: runtimeUserId }) };
}

/** Names of the headers that a runtime has to allow for its agent to see them. */
export const neededHeaders = (request: Pick<DispatchRequest, 'target'>): string[] =>
  [...Object.keys(customHeaders(request)), ...(NEEDED[request.target.protocol] ?? [])].sort();

export function headerProblems(request: Pick<DispatchRequest, 'target'>): Problem[] {
  const names = Object.keys(customHeaders(request));
  const lower = names.map((name) => name.toLowerCase());
  const wrong = names.flatMap((name, index): Problem[] => {
    const reason = lower.indexOf(name.toLowerCase()) < index ? 'stands there twice' : reasonAgainst(name.toLowerCase());
    return reason === undefined ? [] : [{ pointer: `/target/details/headers/${name}`, message: `${name} ${reason}.` }];
  });
  const count = neededHeaders(request).length;
  if (count <= MOST_ALLOWED) return wrong;
  const message = `${count} headers are too many: the service lets an agent runtime allow ${MOST_ALLOWED}.`;
  return [...wrong, { pointer: '/target/details/headers', message }];
}

function reasonAgainst(name: string): string | undefined {
  if (CREDENTIAL.test(name)) return 'holds a credential: name a token in bearerToken, and other secrets in secrets';
  if (PASSED_ON.includes(name)) return 'is set by the protocol';
  if (name.startsWith(CUSTOM_PREFIX)) return undefined;
  if (/^x-amzn?-/.test(name) || RESTRICTED.test(name)) return 'is kept from agents by the service';
  return undefined;
}

const customHeaders = ({ target }: Pick<DispatchRequest, 'target'>): Headers =>
  (target.details?.['headers'] ?? {}) as Headers;

const lowerCased = (headers: Headers): [string, string][] =>
  Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]);

const CREDENTIAL =
  /authori[sz]ation|authenticate|cookie|credential|passw|secret|(api|access|private|auth)[-_]?key|token|jwt/;

/** By the list in AWS's documentation of what no runtime may allow. */
const RESTRICTED = new RegExp(
  `^(${[
    'accept(-(charset|encoding|language|ranges|ch|ch-lifetime))?',
    'content-.*',
    'cache-control|etag|expires|if-.*|last-modified|pragma|vary|age',
    'connection|keep-alive|proxy-.*|upgrade|transfer-encoding|te|trailer|expect|expect-ct',
    'host|user-agent|referer|referrer-policy|from|origin|range|date|server|location|retry-after|link',
    'strict-transport-security|x-content-type-options|x-frame-options|x-xss-protection',
    '(permissions|feature)-policy|cross-origin-.*|access-control-.*|clear-site-data|public-key-pins.*',
    'dpr|width|viewport-width|downlink|ect|rtt|save-data|sec-websocket-.*',
    'via|forwarded|x-forwarded-.*|x-(real|client|cluster-client|originating|source)-ip|true-client-ip',
    'x-requested-with|x-csrf-.*|x-original-.*|x-rewrite-url|cf-ray|cf-connecting-ip|x-cache|x-served-by',
  ].join('|')})$`,
);
