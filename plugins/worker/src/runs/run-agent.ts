// The agent of one run from its first process to its last: started, read, and ended when asked or when it leaves anything behind.
import { setTimeout as sleep } from 'node:timers/promises';
import type { InputRequest } from '@agent-dispatch/schemas';
import { howToInstall } from '../agents/known-programs.js';
import { messageOf } from '../system-error.js';
import { logStream, type AgentOutput } from '../work/agent-output.js';
import { AgentProcess, type AgentExit } from '../work/agent-process.js';
import { EventOutput } from '../work/event-output.js';
import { PlainOutput } from '../work/plain-output.js';
import { OutputText, SecretFilter } from '../work/secret-filter.js';
import { StreamOutput } from '../work/stream-output.js';
import type { Collector } from './collector.js';
import type { LocalRun } from './local-run.js';
import type { Recorder } from './recorder.js';
import { failedEnd, runEnd, type RunEnd } from './run-end.js';
import type { Sessions } from './sessions.js';
import type { RunWork } from './run-work.js';

/** How long what the agent left behind may go on, and an agent that told its end may take to exit. */
const LINGER_MS = 2_000;
/** How long output may still come when a process that nobody can find holds the pipe open. */
const DRAIN_MS = 1_000;

export interface Carry {
  readonly run: LocalRun;
  readonly work: RunWork;
  /** Real path of the agent's directory. */
  readonly directory: string;
  /** Of what is kept, in bytes: events, and artifacts. */
  readonly limits: { readonly outputBytes: number; readonly artifactBytes: number };
  readonly sessions: Sessions;
  /** Called when nothing of the run is at work any more, before its end can be read: who reads it may count on that. */
  readonly onRest: () => void;
}

/** Where what the agent says goes. */
export interface Ears {
  readonly recorder: Recorder;
  readonly collector: Collector;
}

export async function runAgent(carry: Carry, ears: Ears): Promise<RunEnd> {
  const { run, work, directory } = carry;
  if (run.stopReason) return runEnd(run.stopReason, { code: null, signal: null }, {});
  let agent: AgentProcess;
  try {
    agent = await AgentProcess.start(work.command, { directory, ownDirectory: run.files.root, mark: run.invocationId });
  } catch (error) {
    return failedEnd('AGENT_NOT_STARTED', messageOf(error) + howToInstall(work.command.program));
  }
  run.record.leader = agent.leader;
  // Without it a later worker still finds the agent by its mark.
  await run.save().catch(() => undefined);
  if (work.beginsAnew)
    ears.recorder.note(`No conversation of task ${work.task.continues} is known here; the agent begins a new one.`);
  const reading = new Reading(carry, ears, agent);
  run.begun(
    agent,
    work.command.takesMessages ? undefined : `The agent ${work.agent} takes no messages while it works.`,
  );
  const exit = await reading.exit();
  return runEnd(run.stopReason, exit, await reading.output.word(), reading.lastErrors);
}

/** A question that nobody can be asked must not look like one that waits for its answer. */
function ask(run: LocalRun, recorder: Recorder, request: InputRequest): void {
  const fitting = run.questions.fit(request);
  if (fitting && recorder.ask(fitting)) run.ask(fitting);
  else recorder.note('The agent asks more than can be kept; this question was not passed on.');
}

class Reading {
  readonly output: AgentOutput;
  readonly #agent: AgentProcess;
  readonly #done: Promise<unknown>;
  #failure: Error | undefined;
  #wasEnded = false;
  #lastErrors = '';
  #keeping: Promise<unknown> = Promise.resolve();

  constructor({ run, work, limits, sessions }: Carry, { recorder, collector }: Ears, agent: AgentProcess) {
    const { output: format, result: pointer, failure } = work.command;
    const filter = new SecretFilter(work.task.secrets);
    const text = new OutputText(filter);
    this.#agent = agent;
    switch (format) {
      case 'events':
        this.output = new EventOutput(recorder, text, {
          ask: (request) => ask(run, recorder, request),
          withdraw: (requestId) => run.answered(requestId),
          leave: (name) => collector.leave(name),
          ended: () => void this.#endSoon(),
        });
        break;
      case 'claude':
      case 'codex':
        this.output = new StreamOutput(recorder, text, {
          format,
          isStructured: work.task.outputSchema !== undefined,
          onSession: (session) => this.#keep(sessions, session, { work, recorder }),
        });
        break;
      default: {
        const kept = { file: run.files.output, limit: limits.outputBytes };
        this.output = new PlainOutput(recorder, text, { format, pointer, failure, ...kept });
      }
    }
    const read = [
      this.output.read(agent.stdout),
      logStream(agent.stderr, new OutputText(filter), recorder).then((tail) => (this.#lastErrors = tail)),
    ];
    this.#done = Promise.all(read).catch((error: unknown) => this.#fail(error));
  }

  /** The end of what it printed on standard error. */
  get lastErrors(): string {
    return this.#lastErrors;
  }

  /** Resolves when the agent and all that it left behind are gone, and what they printed is read. */
  async exit(): Promise<AgentExit> {
    const exit = await this.#agent.exited;
    await this.#readWithin(LINGER_MS);
    await this.#agent.end();
    await this.#readWithin(DRAIN_MS);
    this.#agent.closeOutput();
    await this.#done;
    await this.#keeping;
    if (this.#failure) throw this.#failure;
    return this.#wasEnded ? { code: null, signal: null } : exit;
  }

  /** A conversation that cannot be noted can still be had. */
  #keep(sessions: Sessions, session: string, { work, recorder }: Pick<Carry, 'work'> & Pick<Ears, 'recorder'>): void {
    const keeping = sessions.keep(work.task.taskId, { agent: work.agent, session }).catch((error: unknown) => {
      recorder.note(`The agent's conversation cannot be gone on with later: ${messageOf(error)}`);
    });
    this.#keeping = Promise.all([this.#keeping, keeping]);
  }

  #readWithin(ms: number): Promise<boolean> {
    return Promise.race([this.#done.then(() => true), sleep(ms, false, { ref: false })]);
  }

  /** An agent that told its end need not be waited for. */
  async #endSoon(): Promise<void> {
    const exited = this.#agent.exited.then(() => true);
    if (await Promise.race([exited, sleep(LINGER_MS, false, { ref: false })])) return;
    this.#wasEnded = true;
    await this.#agent.end();
  }

  /** An agent that nobody reads would never end. */
  #fail(error: unknown): Promise<void> {
    this.#failure = error instanceof Error ? error : new Error(messageOf(error));
    return this.#agent.end();
  }
}
