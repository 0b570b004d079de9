// ListAgentRuntimes: the caller's runtimes in this region, in pages. The service offers no filter by name or tag.
import { text } from '../wire/bind-input.js';
import { invalidFields } from '../wire/service-error.js';
import { summaryOf } from './describe-runtime.js';
import type { Operation } from './operation.js';

const DEFAULT_PAGE = 100;

export const listAgentRuntimes: Operation = (call, world) => {
  const all = world.runtimes.in(call.home);
  const start = readToken(text(call.input, 'nextToken'));
  const end = start + Number(text(call.input, 'maxResults') ?? DEFAULT_PAGE);
  return {
    agentRuntimes: all.slice(start, end).map(summaryOf),
    nextToken: end < all.length ? Buffer.from(String(end)).toString('base64url') : undefined,
  };
};

function readToken(nextToken: string | undefined): number {
  if (nextToken === undefined) return 0;
  const start = Number(Buffer.from(nextToken, 'base64url').toString('utf8'));
  if (Number.isInteger(start) && start > 0) return start;
  throw invalidFields([{ name: 'nextToken', message: 'Token is not valid' }]);
}
