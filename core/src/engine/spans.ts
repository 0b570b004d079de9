// Which spans a task has and what stands in them: ids, names and codes, never text of a person or an agent. Those of
// generative AI follow its semantic conventions (https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-agent-spans/).
import type { TaskRecord } from '@agent-dispatch/schemas';
import { isRecord } from '../config/record.js';
import { isErrorCode, toDispatchError } from '../errors/index.js';
import type { Receipt } from '../provider/index.js';
import type { SpanAttributes, SpanEnd, SpanStart, Tracer } from './tracer.js';

/** Verbs of a driver that reach its cloud. */
export type TracedVerb = 'provision' | 'start' | 'resume' | 'send' | 'cancel' | 'cleanup';

/** Its context is stored with the task: whatever is done for the task later, by whatever process, hangs under it. */
export const acceptance = (record: TaskRecord): SpanStart => ({
  name: 'agentdispatch.accept',
  kind: 'producer',
  parent: record.trace,
  attributes: attributesOf(record),
});

/** @param isNew no earlier call of the same key had made the task. */
export const accepted = (record: TaskRecord, isNew: boolean): SpanEnd => ({
  attributes: { ...idOf(record), ...outcomeIs(isNew ? 'accepted' : 'repeated') },
});

/** @param attempt whose handle the verb is given. */
export const driverCall = (record: TaskRecord, verb: TracedVerb, attempt: number): SpanStart => ({
  name: `agentdispatch.${verb}`,
  kind: 'client',
  parent: record.trace,
  attributes: { ...idOf(record), ...attributesOf(record), 'agentdispatch.attempt': attempt },
});

/** The whole task in one span, made when it has ended: one that was begun with it would die with its process. */
export function tellEnd(tracer: Tracer, record: TaskRecord): void {
  const { createdAt, endedAt = record.updatedAt, status, attempt, outcome } = record;
  const agent = agentAttributes(record);
  const span = tracer.begin({
    name: agent === undefined ? 'agentdispatch.task' : nameOf(agent),
    kind: 'consumer',
    parent: record.trace,
    at: createdAt,
    attributes: { ...idOf(record), ...attributesOf(record), ...agent, 'agentdispatch.attempt': attempt },
  });
  const error = status === 'failed' || status === 'lost' ? outcome?.error?.code : undefined;
  span.end({ at: endedAt, attributes: outcomeIs(status), ...(error !== undefined && { error }) });
}

const idOf = ({ taskId }: TaskRecord): SpanAttributes => ({ 'agentdispatch.task.id': taskId });

function attributesOf({ request, route }: TaskRecord): SpanAttributes {
  return {
    'agentdispatch.task.type': request.taskType,
    'agentdispatch.provider': route.provider,
    'agentdispatch.driver': route.driver,
    'agentdispatch.account': route.account,
    'agentdispatch.target.mode': request.target.mode,
    'agentdispatch.protocol': request.target.protocol,
    ...(request.runtime !== undefined && { 'agentdispatch.runtime': request.runtime }),
  };
}

const OPERATION = 'gen_ai.operation.name';
const AGENT = 'gen_ai.agent.name';

/** undefined where no agent is asked. */
function agentAttributes({ request, route }: TaskRecord): SpanAttributes | undefined {
  if (request.taskType !== 'agent.run') return undefined;
  return {
    [OPERATION]: 'invoke_agent',
    'gen_ai.provider.name': route.provider,
    ...(request.runtime !== undefined && { [AGENT]: request.runtime }),
    ...(request.model !== undefined && { 'gen_ai.request.model': request.model }),
  };
}

const nameOf = ({ [OPERATION]: operation, [AGENT]: agent }: SpanAttributes): string =>
  [operation, agent].filter((part) => part !== undefined).join(' ');

const outcomeIs = (outcome: string): SpanAttributes => ({ 'agentdispatch.outcome': outcome });

/** What a driver answers is not checked yet where a span hears of it: nothing but known words goes into one. */
const OUTCOMES: ReadonlySet<unknown> = new Set([
  'succeeded',
  'failed',
  'cancelled',
  'stopped',
  'requested',
  'unsupported',
]);

export const cancelEnd = (level: unknown): SpanEnd =>
  OUTCOMES.has(level) ? { attributes: outcomeIs(String(level)) } : {};

export const sendEnd = ({ state }: Receipt): SpanEnd => ({ attributes: outcomeIs(state) });

export const cleanupEnd = (proofs: unknown, asked: number): SpanEnd => ({
  attributes: outcomeIs(Array.isArray(proofs) && proofs.length >= asked ? 'released' : 'incomplete'),
});

/** How a call ended that threw. Broken off by the host: nothing went wrong then. */
export const thrownEnd = (error: unknown, { aborted }: AbortSignal): SpanEnd =>
  aborted
    ? { attributes: outcomeIs('aborted') }
    : { attributes: outcomeIs('failed'), error: toDispatchError(error, 'AD_PROVIDER_INTERNAL').code };

/** What an event tells of the end of the call that it came from; undefined: nothing. */
export function toldEnd(event: unknown): SpanEnd | undefined {
  if (!isRecord(event)) return undefined;
  const { type, outcome, error } = event;
  if (type === 'not_started' || type === 'unknown') return { attributes: outcomeIs(type) };
  if (type !== 'ended' || !OUTCOMES.has(outcome)) return undefined;
  return { attributes: outcomeIs(String(outcome)), ...(outcome === 'failed' && { error: codeIn(error) }) };
}

function codeIn(error: unknown): string {
  if (!isRecord(error)) return 'AD_TASK_FAILED';
  const { code } = error;
  return typeof code === 'string' && isErrorCode(code) ? code : 'AD_PROVIDER_INTERNAL';
}

/** Of a stream that ended without telling. */
export const silentEnd = (verb: TracedVerb, { aborted }: AbortSignal): SpanEnd => ({
  attributes: outcomeIs(aborted ? 'aborted' : verb === 'provision' ? 'ready' : 'interrupted'),
});
