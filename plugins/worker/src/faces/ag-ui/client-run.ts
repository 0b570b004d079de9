// What a client of AG-UI asks for: a new run, one that it asked for before, or one that goes on with the answer to its question.
import { createHash } from 'node:crypto';
import { RunRefused, type Run, type Runs } from '../../runs/run.js';
import { askedAt, type AskedAt } from './interrupts.js';
import type { ResumeEntry, RunInput } from './run-input.js';
import { taskOf } from './task.js';

/** A run, and the event after which it is told. */
export interface Standing {
  readonly run: Run;
  readonly after: number;
}

/** Repeat: the same input gives the same run, and the same answer has no second effect. Errors: RunRefused. */
export async function runFor(input: RunInput, runs: Runs): Promise<Standing> {
  if (input.resume.length === 0) return { run: await runs.start(taskOf(input)), after: 0 };
  const [first, ...others] = input.resume.flatMap((entry) => {
    const place = askedAt(entry.interruptId);
    return place ? [{ entry, place }] : [];
  });
  // The worker's questions come one at a time.
  if (first === undefined || others.length > 0)
    throw new RunRefused('invalid', 'One question of this worker can be answered.');
  return await goneOn(input, first, runs);
}

interface Answered {
  readonly entry: ResumeEntry;
  readonly place: AskedAt;
}

async function goneOn(input: RunInput, { entry, place }: Answered, runs: Runs): Promise<Standing> {
  const run = runs.get(place.invocationId);
  if (run === undefined) throw new RunRefused('unknown_run', 'The run that asked is not known here.');
  if (entry.status === 'cancelled') await run.cancel('Its question was abandoned.');
  else await answer(run, place, { input, entry });
  return { run, after: place.seq };
}

async function answer(
  run: Run,
  { requestId }: AskedAt,
  { input, entry }: { input: RunInput; entry: ResumeEntry },
): Promise<void> {
  const { payload = null, interruptId } = entry;
  const names = JSON.stringify([input.threadId, input.runId, interruptId]);
  const id = `agui_${createHash('sha256').update(names).digest('hex')}`;
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const receipt = await run.send({ id, text, requestId });
  if (receipt.state === 'rejected') throw new RunRefused('refused', receipt.reason ?? 'The answer was not taken.');
}
