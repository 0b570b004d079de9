// One run from its first process to its one end: start the agent, read it, stop it when asked, see that nothing of it is left,
// collect what it leaves, and record how it ended.
import { setTimeout as sleep } from 'node:timers/promises';
import { findArtifacts, keepArtifact, plainFile } from '../files/artifacts.js';
import { messageOf } from '../system-error.js';
import { AgentProcess, type AgentExit } from '../work/agent-process.js';
import { logStream, type AgentOutput, type AgentResult } from '../work/agent-output.js';
import { EventOutput } from '../work/event-output.js';
import { PlainOutput } from '../work/plain-output.js';
import { watchDeadline } from './deadline.js';
import type { LocalRun } from './local-run.js';
import { Recorder } from './recorder.js';
import { keepResult, type RecordedResult } from './result.js';
import { failedEnd, runEnd, type RunEnd } from './run-end.js';
import type { RunWork } from './run-work.js';

/** How long what the agent left behind may go on, and an agent that said its end may take to exit. */
const LINGER_MS = 2_000;
/** How long output may still come when a process that nobody can find holds the pipe open. */
const DRAIN_MS = 1_000;

export interface Carry {
  readonly run: LocalRun;
  readonly work: RunWork;
  /** Real path of the agent's directory. */
  readonly directory: string;
  /** Bytes of events that are kept. */
  readonly outputBytes: number;
}

/** Never rejects: whatever goes wrong becomes the run's end. */
export async function carryOut(carry: Carry): Promise<void> {
  const { run, work, directory, outputBytes } = carry;
  const recorder = new Recorder(run.log, outputBytes);
  const stopWatching = watchDeadline(work.task.deadlineAt, () => run.stop('deadline'));
  const end = await runAgent(carry, recorder).catch((error: unknown) => failedEnd('WORKER_FAILED', messageOf(error)));
  stopWatching();
  await collect(run, { patterns: work.task.artifacts ?? [], directory, recorder });
  await run.conclude(end, end.result && (await resultOf(run, end.result, recorder)));
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

async function runAgent(carry: Carry, recorder: Recorder): Promise<RunEnd> {
  const { run, work, directory, outputBytes } = carry;
  const { command } = work;
  if (run.stopReason) return runEnd(run.stopReason, { code: null, signal: null }, {});
  let agent: AgentProcess;
  try {
    agent = await AgentProcess.start(command, directory, run.invocationId);
  } catch (error) {
    return failedEnd('AGENT_NOT_STARTED', messageOf(error));
  }
  run.record.leader = agent.leader;
  await run.save().catch(() => undefined);
  const output: AgentOutput =
    command.output === 'events'
      ? new EventOutput(recorder, eventSteps(carry, recorder, agent))
      : new PlainOutput(recorder, {
          format: command.output,
          pointer: command.result,
          file: run.files.output,
          limit: outputBytes,
        });
  const read = Promise.all([output.read(agent.stdout), logStream(agent.stderr, 'stderr', recorder)]);
  run.begun(agent, command.takesMessages ? undefined : `The agent ${work.agent} takes no messages while it works.`);
  const exit = await exitOf(agent, read);
  return runEnd(run.stopReason, exit, await output.word());
}

function eventSteps(
  { run, directory }: Carry,
  recorder: Recorder,
  agent: AgentProcess,
): ConstructorParameters<typeof EventOutput>[1] {
  return {
    ask: (request) => {
      if (recorder.ask(request)) run.ask(request);
    },
    leave: (name) => leave(run, { name, directory, recorder }),
    ended: () => void Promise.race([agent.exited, sleep(LINGER_MS)]).then(() => agent.end()),
  };
}

/** Resolves when the agent and all that it left behind are gone, and what they printed is read. */
async function exitOf(agent: AgentProcess, read: Promise<unknown>): Promise<AgentExit> {
  const exit = await agent.exited;
  await Promise.race([read, sleep(LINGER_MS)]);
  await agent.end();
  await Promise.race([read, sleep(DRAIN_MS).then(() => agent.closeOutput())]);
  await read;
  return exit;
}

interface Leaving {
  readonly directory: string;
  readonly recorder: Recorder;
}

/** A file that the agent leaves while it works, kept as it is now. */
async function leave(run: LocalRun, { name, directory, recorder }: Leaving & { name: string }): Promise<void> {
  const file = await plainFile(name, directory).catch(() => undefined);
  if (file === undefined) recorder.note(`${name} is no file of the working directory and was not collected.`);
  else await keep(run, { name, file });
}

/** A failure to collect never hides how the agent itself ended. */
async function collect(
  run: LocalRun,
  { patterns, directory, recorder }: Leaving & { patterns: readonly string[] },
): Promise<void> {
  if (patterns.length === 0) return;
  try {
    const { files, notes } = await findArtifacts(patterns, directory);
    for (const found of files) await keep(run, found);
    for (const note of notes) recorder.note(note);
  } catch (error) {
    recorder.note(`Not all artifacts could be collected: ${messageOf(error)}`);
  }
}

async function keep(run: LocalRun, { name, file }: { name: string; file: string }): Promise<void> {
  const artifact = await keepArtifact(name, file, run.files.artifacts);
  if (run.artifact(name)?.sha256 === artifact.sha256) return;
  run.record.artifacts.push(artifact);
  await run.save();
  run.log.add({ type: 'artifact', artifact });
}
