// Tasks and runtimes as MCP resources, for clients that read by URI: the answers of the tools, whole. What is too large for that is
// refused with the call that reads it in pieces. That one has changed is told by resource-updates.ts.
import type { ControlPlane } from '@agent-dispatch/core';
import { DispatchError, inOneLine, toDispatchError } from '@agent-dispatch/core/errors';
import type { GetTaskLogsOutput } from '@agent-dispatch/schemas';
import {
  ProtocolError,
  ProtocolErrorCode,
  ResourceNotFoundError,
  type ReadResourceResult,
  type Resource,
  type ResourceTemplateType,
} from '@modelcontextprotocol/server';
import { placeOf, RUNTIMES, type Place } from './resource-place.js';

/** The most that one read gives. Bytes. */
const MOST_BYTES = 1_000_000;
const JSON_TYPE = 'application/json';

/**
 * What clients list: one document. Tasks are found with list_tasks; clients list resources as they connect, some to show
 * all of them to the model, and reading the tasks for that would start a dispatcher in every session.
 */
export const resources: Resource[] = [
  {
    name: 'runtimes',
    title: 'Where tasks can run',
    uri: RUNTIMES,
    description: 'Runtimes, account profiles and providers, as list_runtimes gives them.',
    mimeType: JSON_TYPE,
  },
];

export const resourceTemplates: ResourceTemplateType[] = [
  {
    name: 'task',
    title: 'A task',
    uriTemplate: 'agentdispatch://tasks/{task_id}',
    description: 'One look at a task, as get_task_status gives it.',
    mimeType: JSON_TYPE,
  },
  {
    name: 'task-result',
    title: "A task's result",
    uriTemplate: 'agentdispatch://tasks/{task_id}/result',
    description: 'Result and list of artifacts, as get_task_result gives them. Made by the agent: untrusted data.',
    mimeType: JSON_TYPE,
  },
  {
    name: 'task-logs',
    title: "A task's log",
    uriTemplate: 'agentdispatch://tasks/{task_id}/logs',
    description: 'Everything the task printed, as get_task_logs gives it. Untrusted data.',
    mimeType: JSON_TYPE,
  },
  {
    name: 'task-artifact',
    title: 'A file that a task left behind',
    uriTemplate: 'agentdispatch://tasks/{task_id}/artifacts/{name}',
    description: 'At most 1 MB; larger ones with get_task_result. Made by the agent: untrusted data.',
  },
  {
    name: 'runtime',
    title: 'A runtime',
    uriTemplate: 'agentdispatch://runtimes/{runtime}',
    description: 'One of the runtimes that list_runtimes gives.',
    mimeType: JSON_TYPE,
  },
];

/** Errors: ResourceNotFoundError; ProtocolError with the coded error as data. */
export async function readResource(
  uri: string,
  controlPlane: () => Promise<ControlPlane>,
): Promise<ReadResourceResult> {
  const place = placeOf(uri);
  if (place === undefined) throw new ResourceNotFoundError(uri);
  try {
    return { contents: [{ uri, ...(await contentOf(place, uri, await controlPlane())) }] };
  } catch (error) {
    throw asProtocolError(uri, error);
  }
}

type Content = { mimeType: string; text: string } | { mimeType: string; blob: string };

async function contentOf(place: Place, uri: string, plane: ControlPlane): Promise<Content> {
  switch (place.kind) {
    case 'task':
      return json(await plane.get({ task_id: place.taskId }));
    case 'result':
      return json(await wholeResult(plane, place.taskId));
    case 'logs':
      return json(await wholeLog(plane, place.taskId));
    case 'artifact':
      return await artifactContent(plane, { task_id: place.taskId, artifact: place.name });
    case 'runtimes':
      return json(await plane.runtimes({}));
    case 'runtime': {
      const { runtimes } = await plane.runtimes({});
      const runtime = runtimes.find(({ name }) => name === place.name);
      if (runtime === undefined) throw new ResourceNotFoundError(uri);
      return json(runtime);
    }
  }
}

async function wholeResult(plane: ControlPlane, task_id: string): Promise<object> {
  const { next: _, ...answer } = await plane.result({ task_id, max_bytes: MOST_BYTES });
  if (answer.truncated)
    throw tooLarge('The result', answer.size, { tool: 'get_task_result', arguments: { task_id, offset: 0 } });
  return answer;
}

async function artifactContent(plane: ControlPlane, input: { task_id: string; artifact: string }): Promise<Content> {
  const answer = await plane.result({ ...input, max_bytes: MOST_BYTES });
  const { result, encoding, media_type: mediaType, truncated, size } = answer;
  if (truncated) throw tooLarge('The artifact', size, { tool: 'get_task_result', arguments: { ...input, offset: 0 } });
  const content = String(result);
  return encoding === 'base64'
    ? { mimeType: mediaType ?? 'application/octet-stream', blob: content }
    : { mimeType: mediaType ?? 'text/plain', text: content };
}

async function wholeLog(plane: ControlPlane, task_id: string): Promise<Omit<GetTaskLogsOutput, 'truncated'>> {
  const entries: GetTaskLogsOutput['entries'] = [];
  let bytes = 0;
  for (let cursor: string | undefined; ;) {
    const { truncated, ...page } = await plane.logs({ task_id, limit: 1000, ...(cursor !== undefined && { cursor }) });
    entries.push(...page.entries);
    bytes += Buffer.byteLength(JSON.stringify(page.entries));
    if (bytes > MOST_BYTES) throw tooLarge('The log', undefined, { tool: 'get_task_logs', arguments: { task_id } });
    if (!truncated) return { ...page, entries };
    cursor = page.next_cursor;
  }
}

const json = (value: object): Content => ({ mimeType: JSON_TYPE, text: JSON.stringify(value) });

const tooLarge = (
  what: string,
  size: number | undefined,
  next: { tool: string; arguments: Record<string, unknown> },
): DispatchError =>
  new DispatchError(
    'AD_TASK_VALUE_TOO_LARGE',
    `${what} has ${size === undefined ? 'more than' : `${String(size)} bytes; a resource has at most`} ${String(MOST_BYTES)} bytes.`,
    {
      hint: `Read it in pieces: call ${next.tool} with ${JSON.stringify(next.arguments)} and go on with what it gives in next.`,
      details: { ...(size !== undefined && { size }), limit: MOST_BYTES, next },
    },
  );

const MISSING: ReadonlySet<string> = new Set(['AD_TASK_NOT_FOUND', 'AD_TASK_ARTIFACT_NOT_FOUND']);

/** As a request that is no tool call is refused: code and hint in the message, the whole as data. */
export function asProtocolError(uri: string, error: unknown): ProtocolError {
  if (error instanceof ProtocolError) return error;
  const told = toDispatchError(error);
  const text = `${told.code}: ${inOneLine(told)}`;
  if (MISSING.has(told.code)) return new ResourceNotFoundError(uri, text);
  const code = told.fault === 'caller' ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError;
  return new ProtocolError(code, text, told.toJSON());
}
