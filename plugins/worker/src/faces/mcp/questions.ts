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
  const { question, schema } = request;
  const [message, requestedSchema] = isForm(schema) ? [question, schema] : [askedFor(question, schema), PLAIN];
  return inputRequired({
    inputRequests: { [KEY]: inputRequired.elicit({ message, requestedSchema }) },
    requestState: interruptOf({ invocationId, seq }, request).id,
  });
}

type RequestedSchema = Parameters<typeof inputRequired.elicit>[0]['requestedSchema'];

const PLAIN: RequestedSchema = { type: 'object', properties: { [KEY]: { type: 'string' } }, required: [KEY] };

/** Clients show forms of simple fields alone; the answer to anything else is written. */
function isForm(schema: unknown): schema is RequestedSchema {
  if (!isObject(schema) || schema['type'] !== 'object' || !isObject(schema['properties'])) return false;
  const fields = Object.values(schema['properties']);
  return fields.length > 0 && fields.every((field) => isObject(field) && SIMPLE.has(field['type']));
}

const SIMPLE: ReadonlySet<unknown> = new Set(['string', 'number', 'integer', 'boolean']);

const askedFor = (question: string, schema: unknown): string =>
  schema === undefined ? question : `${question}\nAnswer with JSON for this schema: ${JSON.stringify(schema)}`;

export interface AnsweredRun {
  readonly run: Run;
  /** Number of the event that asked. */
  readonly after: number;
  /** The client did not let its user answer; the question is open still. */
  readonly isDeclined: boolean;
}

/** Gives the answer to the run that asked. Repeat: no second effect. Undefined when nothing was asked. Errors: RunRefused. */
export async function answeredRun(runs: Runs, { mcpReq }: ServerContext): Promise<AnsweredRun | undefined> {
  const state = mcpReq.requestState();
  if (state === undefined) return undefined;
  const place = typeof state === 'string' ? askedAt(state) : undefined;
  const run = place && runs.get(place.invocationId);
  if (!place || !run) throw new RunRefused('unknown_run', 'The run that asked is not known here.');
  const content = acceptedContent(mcpReq.inputResponses, KEY);
  if (content === undefined) return { run, after: place.seq, isDeclined: true };
  const [[name, value] = [], ...others] = Object.entries(content);
  const isPlain = name === KEY && others.length === 0 && typeof value === 'string';
  const text = isPlain ? value : JSON.stringify(content);
  const id = `mcp_${createHash('sha256')
    .update(JSON.stringify([state, text]))
    .digest('hex')}`;
  const receipt = await run.send({ id, text, requestId: place.requestId });
  if (receipt.state === 'rejected') throw new RunRefused('refused', receipt.reason ?? 'The answer was not taken.');
  return { run, after: place.seq, isDeclined: false };
}
