// A question of a run to a client of MCP. Its state says which run asks and where, so that the answer finds it without anything
// kept between the two. Older revisions, which answer on a session, are not asked.
import { createHash } from 'node:crypto';
import type { InputRequest } from '@agent-dispatch/schemas';
import {
  acceptedContent,
  CLIENT_CAPABILITIES_META_KEY,
  inputRequired,
  type InputRequiredResult,
  type ServerContext,
} from '@modelcontextprotocol/server';
import { RunRefused, type Run, type Runs } from '../../runs/run.js';
import { askedAt, interruptOf } from '../ag-ui/interrupts.js';
import { isObject } from './tool-schema.js';

const KEY = 'answer';

/** Undefined when the client cannot be asked. */
export function asking(
  { invocationId }: Run,
  seq: number,
  request: InputRequest,
  { mcpReq }: ServerContext,
): InputRequiredResult | undefined {
  const capabilities = (mcpReq.envelope as Record<string, unknown> | undefined)?.[CLIENT_CAPABILITIES_META_KEY];
  if (!isObject(capabilities) || capabilities['elicitation'] === undefined) return undefined;
  return inputRequired({
    inputRequests: {
      [KEY]: inputRequired.elicit({
        message: request.question,
        requestedSchema: { type: 'object', properties: { [KEY]: { type: 'string' } }, required: [KEY] },
      }),
    },
    requestState: interruptOf({ invocationId, seq }, request).id,
  });
}

/** Gives the answer to the run that asked. Repeat: no second effect. Undefined when nothing was asked. Errors: RunRefused. */
export async function answeredRun(
  runs: Runs,
  { mcpReq }: ServerContext,
): Promise<{ run: Run; after: number } | undefined> {
  const state = mcpReq.requestState();
  if (state === undefined) return undefined;
  const place = typeof state === 'string' ? askedAt(state) : undefined;
  const run = place && runs.get(place.invocationId);
  if (!place || !run) throw new RunRefused('unknown_run', 'The run that asked is not known here.');
  const text = acceptedContent<{ [KEY]: string }>(mcpReq.inputResponses, KEY)?.[KEY];
  if (typeof text !== 'string') await run.cancel('Its question was declined.');
  else {
    const id = `mcp_${createHash('sha256')
      .update(JSON.stringify([state, text]))
      .digest('hex')}`;
    const receipt = await run.send({ id, text, requestId: place.requestId });
    if (receipt.state === 'rejected') throw new RunRefused('refused', receipt.reason ?? 'The answer was not taken.');
  }
  return { run, after: place.seq };
}
