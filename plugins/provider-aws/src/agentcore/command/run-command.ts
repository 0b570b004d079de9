// Runs a shell command in the session and follows its event stream. Sent once: what became of a command whose stream broke, or
// ended without its last event, nobody can tell.
import type { InvokeAgentRuntimeCommandCommandOutput } from '@aws-sdk/client-bedrock-agentcore';
import type { DriverContext, DriverEvent, EndedEvent, Handle } from '@agent-dispatch/core/provider';
import type { AwsCalls } from '../aws-calls.js';
import { sendOnce } from '../send-once.js';
import { commandLine } from './line.js';
import { Kept, OutputStream } from './output.js';

const ACTION = 'bedrock-agentcore:InvokeAgentRuntimeCommand';
/** What the service takes. */
const LONGEST_SECONDS = 3600;

const STREAMS = ['stdout', 'stderr'] as const;

type Events = NonNullable<InvokeAgentRuntimeCommandCommandOutput['stream']>;

/** Errors: coded when the command certainly did not begin. */
export async function* runCommand(
  calls: AwsCalls,
  handle: Handle,
  context: DriverContext,
): AsyncGenerator<DriverEvent> {
  const { request, signal } = context;
  const command = commandLine(request, calls.errors);
  const exchange = { calls, handle, context, kind: { action: ACTION, beginsWork: true }, signal };
  const { answer, settle, coded } = await sendOnce(exchange, ({ data }, address, limits) =>
    data.command(address, { command, timeout: timeoutOf(context) }, limits),
  );
  try {
    yield { type: 'attached' };
    yield* follow(answer.stream, coded);
  } finally {
    settle();
  }
}

/** Seconds. The service's limit ends the command, should the task's own not. */
function timeoutOf({ deadline, clock }: DriverContext): number {
  const left = Math.ceil((deadline - clock.now()) / 1000);
  return Math.min(Math.max(left, 1), LONGEST_SECONDS);
}

async function* follow(stream: Events | undefined, coded: (error: unknown) => Error): AsyncGenerator<DriverEvent> {
  const output = { stdout: new OutputStream(), stderr: new OutputStream() };
  const kept = new Kept();
  let hasBegun = false;
  try {
    for await (const { chunk = {} } of stream ?? []) {
      hasBegun = true;
      for (const name of STREAMS) {
        for (const text of output[name].take(chunk.contentDelta?.[name] ?? '')) {
          if (name === 'stdout') kept.add(text);
          yield { type: 'log', stream: name, text };
        }
      }
      if (chunk.contentStop === undefined) continue;
      for (const name of STREAMS) for (const text of output[name].rest()) yield { type: 'log', stream: name, text };
      yield endOf(chunk.contentStop, kept.text);
      return;
    }
  } catch (error) {
    // In place of the first event a refusal is as good as one by status; later the command may run on, whatever is said.
    if (!hasBegun) throw coded(error);
    yield { type: 'unknown', reason: `The stream of the command broke: ${coded(error).message}` };
    return;
  }
  yield { type: 'unknown', reason: 'The stream of the command ended without telling how the command did.' };
}

function endOf(
  { exitCode, status }: { exitCode: number | undefined; status: string | undefined },
  output: string,
): EndedEvent {
  const result = output === '' ? {} : { result: { text: output } };
  if (status === 'TIMED_OUT') {
    const message = 'The command was ended by its time limit.';
    return { type: 'ended', outcome: 'failed', error: { code: 'AD_TASK_TIMEOUT', message }, ...result };
  }
  const code = exitCode ?? -1;
  if (code === 0) return { type: 'ended', outcome: 'succeeded', exitCode: 0, ...result };
  // Below zero the platform failed, not the command.
  const error =
    code < 0
      ? { code: 'AD_PROVIDER_AGENT_FAILED', message: `The platform could not run the command (exit code ${code}).` }
      : { code: 'AD_TASK_FAILED', message: `The command ended with exit code ${code}.` };
  return { type: 'ended', outcome: 'failed', exitCode: code, error, ...result };
}
