// One run from its acceptance to its one end: the agent, then what it leaves, then `ended`.
import { messageOf } from '../system-error.js';
import type { AgentResult } from '../work/agent-output.js';
import { Collector } from './collector.js';
import { watchDeadline } from './deadline.js';
import type { LocalRun } from './local-run.js';
import { Recorder } from './recorder.js';
import { keepResult, type RecordedResult } from './result.js';
import { runAgent, type Carry } from './run-agent.js';
import { failedEnd } from './run-end.js';
import { removeWork } from './run-files.js';

/** Never rejects: whatever goes wrong becomes the run's end. */
export async function carryOut(carry: Carry): Promise<void> {
  const { run, work, directory, limits } = carry;
  const recorder = new Recorder(run.log, limits.outputBytes);
  const collector = new Collector({ run, directory, recorder, most: limits.artifactBytes });
  const stopWatching = watchDeadline(work.task.deadlineAt, () => run.stop('deadline'));
  const end = await runAgent(carry, { recorder, collector }).catch((error: unknown) =>
    failedEnd('WORKER_FAILED', messageOf(error)),
  );
  stopWatching();
  await collector.collect(work.task.artifacts ?? []);
  const result = end.result && (await resultOf(run, end.result, recorder));
  carry.onRest();
  await run.conclude(end, result);
  await removeWork(run.files);
}

/** Undefined when it cannot be kept: the end is told without it. */
async function resultOf(run: LocalRun, result: AgentResult, recorder: Recorder): Promise<RecordedResult | undefined> {
  try {
    return await keepResult(run, result);
  } catch (error) {
    recorder.note(`The result could not be kept: ${messageOf(error)}`);
    return undefined;
  }
}
