// InvokeAgentRuntimeCommand: a shell command in the session's microVM, told as it runs by an event stream.
import type { AgentAnswer, CommandEvent } from '../agents/agent.js';
import { runShell } from '../agents/shell.js';
import type { Input } from '../wire/bind-input.js';
import { EVENT_STREAM, eventFrame, exceptionFrame } from '../wire/event-stream.js';
import { type FieldIssue, invalidFields } from '../wire/service-error.js';
import { enterSession } from './enter-session.js';
import { execute } from './execute.js';
import type { Operation } from './operation.js';
import { resolveServed } from './resolve-runtime.js';

const DEFAULT_TIMEOUT_SECONDS = 300;

export const invokeAgentRuntimeCommand: Operation = async (call, world) => {
  const { command, timeoutSeconds } = readBody(call.input);
  const { key, agent, vm } = enterSession(call, resolveServed(call, world), world);
  const play = agent.command ?? runShell(world.clock);
  const answer: AgentAnswer = {
    status: 200,
    headers: {},
    body: framesOf(play({ ...vm, command, timeoutSeconds })),
  };
  const request = { ...vm, payload: Buffer.from(command), headers: {} };
  const { body } = await execute({ key, agent: { invoke: () => answer }, vm, request, kind: 'command' }, world);
  return { contentType: EVENT_STREAM, runtimeSessionId: key.sessionId, stream: body, statusCode: 200 };
};

function readBody({ body }: Input): { command: string; timeoutSeconds: number } {
  const { command, timeout = DEFAULT_TIMEOUT_SECONDS } = parsed(body as Buffer);
  const issues: FieldIssue[] = [
    ...(typeof command === 'string' && command.length >= 1 && command.length <= 65_536
      ? []
      : [{ name: 'body.command', message: 'Member must have length between 1 and 65536' }]),
    ...(Number.isInteger(timeout) && Number(timeout) >= 1 && Number(timeout) <= 3600
      ? []
      : [{ name: 'body.timeout', message: 'Member must be between 1 and 3600' }]),
  ];
  if (issues.length > 0) throw invalidFields(issues);
  return { command: command as string, timeoutSeconds: timeout as number };
}

function parsed(body: Buffer): { command?: unknown; timeout?: unknown } {
  try {
    return JSON.parse(body.toString('utf8')) as object;
  } catch {
    throw invalidFields([{ name: 'body', message: 'Body must be valid JSON' }], 'CannotParse');
  }
}

async function* framesOf(events: AsyncIterable<CommandEvent>): AsyncGenerator<Uint8Array> {
  yield eventFrame('chunk', { contentStart: {} });
  for await (const event of events) yield frameOf(event);
}

function frameOf(event: CommandEvent): Uint8Array {
  if ('raw' in event) return event.raw;
  if ('exception' in event)
    return exceptionFrame(event.exception, { message: event.message ?? 'It failed on purpose' });
  if ('exitCode' in event) {
    const { exitCode, status = 'COMPLETED' } = event;
    return eventFrame('chunk', { contentStop: { exitCode, status } });
  }
  return eventFrame('chunk', { contentDelta: event });
}
