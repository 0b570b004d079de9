// What is left to tell when the work is over: the artifacts, then one `ended` with result or error.
import type { DriverContext, DriverError, DriverEvent, EndedEvent } from '@agent-dispatch/core/provider';
import type { FoundFiles } from '@agent-dispatch/worker';
import { existsSync } from 'node:fs';
import type { ExitRecord } from '../attempt/exit-record.js';
import type { AttemptPaths } from '../attempt/paths.js';
import { failure } from '../failures.js';
import { findArtifacts } from '../place/artifacts.js';
import { targetDirectory, workingDirectory } from '../place/directories.js';
import type { Details } from '../request/details.js';
import type { WorkEnd } from './follow.js';
import { readResult, type ReadResult } from './result.js';
import { messageOf } from '../attempt/system-error.js';

/** Whether `ended` is all there is to tell. */
export const hasArtifacts = ({ request }: DriverContext): boolean => (request.input.artifacts ?? []).length > 0;

export async function* conclude(
  end: WorkEnd,
  details: Details,
  { paths, context }: { paths: AttemptPaths; context: DriverContext },
): AsyncGenerator<DriverEvent> {
  const { files, notes } = await collect(details, paths, context);
  for (const { name, file } of files) yield { type: 'artifact', artifact: { name, content: { file } } };
  for (const note of notes) yield { type: 'log', stream: 'system', text: `${note}\n` };
  yield await endedEvent(end, details, { paths, context });
}

/** A failure to collect never hides how the work itself ended. */
async function collect(details: Details, paths: AttemptPaths, { request }: DriverContext): Promise<FoundFiles> {
  const patterns = request.input.artifacts ?? [];
  if (patterns.length === 0) return { files: [], notes: [] };
  try {
    const directory = await workingDirectory(request, targetDirectory(details, paths));
    if (directory !== undefined) return await findArtifacts(patterns, directory);
    return { files: [], notes: ['The working directory now leads out of the target; no artifact was collected.'] };
  } catch (error) {
    const reason = messageOf(error);
    return { files: [], notes: [`The artifacts could not be collected: ${reason}`] };
  }
}

export async function endedEvent(
  end: WorkEnd,
  details: Details,
  { paths, context }: { paths: AttemptPaths; context: DriverContext },
): Promise<EndedEvent> {
  if (end === 'shim-died') return diedEvent(paths);
  const { ending, code } = end;
  const failed = failureOf(end, context);
  const wanted = details.output === 'json' && !failed && ending === 'exited' ? 'json' : 'text';
  const read: ReadResult = ending === 'not-begun' ? {} : await readResult(paths, wanted);
  const error = failed ?? read.error;
  const outcome = ending === 'cancelled' ? 'cancelled' : error ? 'failed' : 'succeeded';
  return {
    type: 'ended',
    outcome,
    ...(code !== null && { exitCode: code }),
    ...(read.result && { result: read.result }),
    ...(outcome === 'failed' && error && { error }),
  };
}

function diedEvent(paths: AttemptPaths): EndedEvent {
  if (existsSync(paths.cancel)) return { type: 'ended', outcome: 'cancelled' };
  const message = 'The work was killed from outside before it ended, or the machine restarted.';
  return { type: 'ended', outcome: 'failed', error: failure('AD_TASK_FAILED', message, { details: { killed: true } }) };
}

function failureOf(end: ExitRecord, { redactor }: DriverContext): DriverError | undefined {
  const { ending, code, signal } = end;
  const details = { exitCode: code, signal, stderrTail: redactor.text(end.stderrTail) };
  switch (ending) {
    case 'cancelled':
      return undefined;
    case 'deadline':
      return failure('AD_TASK_TIMEOUT', 'The deadline passed; the work and all its processes were stopped.', {
        details,
      });
    case 'terminated':
      return failure('AD_TASK_FAILED', 'The work was stopped from outside, as at a shutdown of the machine.', {
        details,
      });
    case 'not-begun':
      return failure(
        'AD_PROVIDER_AGENT_FAILED',
        `The program could not be started: ${redactor.text(end.message ?? '')}`,
        {
          hint: 'Check that the program is installed and on the PATH of this machine, or give its absolute path.',
        },
      );
    case 'exited':
      if (code === 0) return undefined;
      return failure('AD_TASK_FAILED', `The program ended with ${signal ? `signal ${signal}` : `exit code ${code}`}.`, {
        details,
      });
  }
}
