// ListAgentRuntimes: the caller's runtimes in this region, in pages. The service offers no filter by name or tag.
import { summaryOf } from './describe-runtime.js';
import type { Operation } from './operation.js';
import { pageOf } from './page.js';

export const listAgentRuntimes: Operation = (call, world) => {
  const { items, nextToken } = pageOf(world.runtimes.in(call.home), call);
  return { agentRuntimes: items.map(summaryOf), nextToken };
};
