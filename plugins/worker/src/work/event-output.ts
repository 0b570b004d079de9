// An agent that prints the worker's line protocol: each line is done at once, all else is its log.
import type { InputRequest, WorkerEvent } from '@agent-dispatch/schemas';
import type { Recorder } from '../runs/recorder.js';
import { readAgentLine, type AgentLine } from './agent-line.js';
import type { AgentOutput, AgentWord } from './agent-output.js';
import type { PieceReader } from './piece-reader.js';
import { readLines } from './read-lines.js';
import type { OutputText } from './secret-filter.js';

/** What is more than something to record. */
export interface EventOutputSteps {
  ask(request: InputRequest): void;
  /** The question needs no answer any more. */
  withdraw(requestId: string): void;
  /** A file of the agent's directory, to be collected as it is now. */
  leave(name: string): Promise<void>;
  ended(): void;
}

export class EventOutput implements AgentOutput {
  readonly #recorder: Recorder;
  readonly #text: OutputText;
  readonly #steps: EventOutputSteps;
  /** One file after the other: the same one may be named again. */
  #leaving: Promise<void> = Promise.resolve();
  #word: AgentWord | undefined;
  #lastMessage: string | undefined;

  constructor(recorder: Recorder, text: OutputText, steps: EventOutputSteps) {
    this.#recorder = recorder;
    this.#text = text;
    this.#steps = steps;
  }

  read(stdout: PieceReader): Promise<void> {
    return readLines(stdout, this.#text, {
      line: (line) => this.#take(line),
      text: (text) => this.#recorder.output('stdout', text),
      done: () => this.#done(),
    });
  }

  /** Without a word of its own on the end, its last message is its result. */
  async word(): Promise<AgentWord> {
    if (this.#word) return this.#word;
    return this.#lastMessage === undefined ? {} : { result: { text: this.#lastMessage } };
  }

  async #done(): Promise<void> {
    await this.#leaving;
    await this.#recorder.room();
  }

  #take(text: string): void {
    const line = readAgentLine(text);
    if (!line) this.#recorder.output('stdout', `${text}\n`);
    else if (!this.#word) this.#follow(line);
  }

  #follow(line: AgentLine): void {
    switch (line.type) {
      case 'log':
        return this.#recorder.output(line.stream ?? 'agent', line.text ?? '');
      case 'progress':
        return this.#recorder.say({ type: 'progress', message: line.message, fraction: line.fraction });
      case 'message':
        this.#lastMessage = line.text;
        return this.#recorder.message(line.text ?? '', line.raw);
      case 'input_required':
        return this.#steps.ask(line.request);
      case 'input_received':
        return this.#steps.withdraw(line.requestId);
      case 'artifact':
        this.#leaving = this.#leaving.then(() => this.#steps.leave(line.name));
        return;
      case 'ended':
        this.#word = wordIn(line);
        return this.#steps.ended();
    }
  }
}

function wordIn({ outcome, result, error }: WorkerEvent): AgentWord {
  const value =
    result?.text !== undefined ? { text: result.text } : result && 'json' in result ? { json: result.json } : undefined;
  return {
    outcome: outcome === 'failed' ? 'failed' : 'succeeded',
    ...(value && { result: value }),
    ...(error && { error }),
  };
}
