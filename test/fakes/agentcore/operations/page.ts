// Pages of a list: `maxResults` and an opaque `nextToken`.
import { text } from '../wire/bind-input.js';
import { invalidFields } from '../wire/service-error.js';
import type { Call } from './operation.js';

/** What the service gives by itself is documented nowhere; callers that need larger pages have to say so. */
const DEFAULT_PAGE = 10;

export function pageOf<Item>(all: readonly Item[], { input }: Call): { items: Item[]; nextToken: string | undefined } {
  const start = readToken(text(input, 'nextToken'));
  const end = start + Number(text(input, 'maxResults') ?? DEFAULT_PAGE);
  const nextToken = end < all.length ? Buffer.from(String(end)).toString('base64url') : undefined;
  return { items: all.slice(start, end), nextToken };
}

function readToken(nextToken: string | undefined): number {
  if (nextToken === undefined) return 0;
  const start = Number(Buffer.from(nextToken, 'base64url').toString('utf8'));
  if (Number.isInteger(start) && start > 0) return start;
  throw invalidFields([{ name: 'nextToken', message: 'Token is not valid' }]);
}
