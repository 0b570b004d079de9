// How a run stands, for clients that know nothing of AgentDispatch: the same words from every tool.
import { readFile } from 'node:fs/promises';
import type { InputRequest } from '@agent-dispatch/schemas';
import type { CallToolResult } from '@modelcontextprotocol/server';
import type { Run, RunEvent } from '../../runs/run.js';
import { Notes } from './notes.js';
import { isObject } from './tool-schema.js';

/** A larger result is named and not told. Bytes. */
const LONGEST_RESULT = 8 * 1024 * 1024;
/** What is shown of the latest output: events that are looked at, and characters. */
const LATEST_EVENTS = 50;
const LATEST_CHARACTERS = 4000;
/** In the metadata of results. */
const RUN_ID = 'agentdispatch/run_id';

const textOf = (text: string) => ({ type: 'text' as const, text });
const said = (text: string): CallToolResult => ({ content: [textOf(text)] });
export const failed = (text: string): CallToolResult => ({ ...said(text), isError: true });

/** The whole answer twice: as JSON for programs, and as the same JSON for models. */
export const structured = (value: Record<string, unknown>): CallToolResult => ({
  ...said(JSON.stringify(value)),
  structuredContent: value,
});

/** At work, waiting for an answer, or over. */
export async function standing(run: Run): Promise<CallToolResult> {
  if (run.state === 'running') return await atWork(run);
  const notes = await Notes.of(run);
  if (notes.ended) return await endOf(run, notes.ended, notes);
  return notes.question ? asksFor(run, notes.question) : await atWork(run);
}

/** The result as it is. Its files are named; their bytes come through no model that did not ask for them. */
export async function endOf(run: Run, ended: RunEvent, { files }: Pick<Notes, 'files'>): Promise<CallToolResult> {
  const { content, ...result } = await resultOf(run, ended);
  // What is told whole need not be fetched.
  const others = [...files].filter(([name, size]) => name !== ended.result?.artifact || size > LONGEST_RESULT);
  const names = others.map(([name, size]) => `${name} (${size} bytes)`).join(', ');
  const note = textOf(`Files: ${names}. get_artifact fetches them, with run_id ${run.invocationId}.`);
  return {
    ...result,
    content: others.length === 0 ? content : [...content, note],
    _meta: { [RUN_ID]: run.invocationId },
  };
}

async function resultOf(run: Run, { outcome, error, result }: RunEvent): Promise<CallToolResult> {
  if (outcome !== 'succeeded') return failed(error?.message ?? `The run ${outcome}.`);
  if (result?.artifact !== undefined) {
    const kept = run.artifact(result.artifact);
    if (kept === undefined || kept.size > LONGEST_RESULT) return said(`The result is in the file ${result.artifact}.`);
    return said(await readFile(kept.file, 'utf8'));
  }
  if (result?.text !== undefined) return said(result.text);
  if (result?.json === undefined) return { content: [] };
  const { json } = result;
  return { ...said(JSON.stringify(json)), ...(isObject(json) && { structuredContent: json }) };
}

/** A question to a client that cannot be asked. */
export const asksFor = ({ invocationId }: Run, { requestId, question, schema }: InputRequest): CallToolResult =>
  structured({
    status: 'input_required',
    run_id: invocationId,
    request_id: requestId,
    question,
    ...(schema && { schema }),
    next: 'Answer with send_message (run_id, request_id, message); then wait for the end with get_run (run_id, wait_seconds).',
  });

async function atWork(run: Run): Promise<CallToolResult> {
  const upTo = run.lastSeq;
  let output = '';
  if (upTo > 0) {
    for await (const event of run.events(Math.max(0, upTo - LATEST_EVENTS), new AbortController().signal)) {
      const { type, text = '', seq } = event;
      if (type === 'log' || type === 'message') output = (output + text).slice(-LATEST_CHARACTERS);
      if (seq >= upTo) break;
    }
  }
  return structured({
    status: run.state,
    run_id: run.invocationId,
    latest_output: output,
    next: 'It goes on. Wait with get_run (run_id, wait_seconds), or stop it with cancel_run.',
  });
}
