// An agent that prints a stream of events of its own: told in the worker's words as it comes, its end understood as its result.
import type { Recorder } from '../runs/recorder.js';
import type { AgentOutput, AgentResult, AgentWord } from './agent-output.js';
import type { PieceReader } from './piece-reader.js';
import { readLines } from './read-lines.js';
import type { OutputText } from './secret-filter.js';
import { readClaudeLine } from './streams/claude-stream.js';
import { readCodexLine } from './streams/codex-stream.js';
import { isLine, type StreamReader, type StreamWord } from './streams/stream-word.js';

/** What prints a stream of this format: told to whoever runs something else. */
const PRINTED_BY: Readonly<Record<StreamFormat, string>> = {
  claude: 'claude -p --output-format stream-json --verbose',
  codex: 'codex exec --json',
};

const READERS = { claude: readClaudeLine, codex: readCodexLine } as const satisfies Record<string, StreamReader>;
export type StreamFormat = keyof typeof READERS;

export interface StreamOutputOptions {
  readonly format: StreamFormat;
  /** The result is JSON, as an output schema wants it. */
  readonly isStructured: boolean;
  /** The agent's own name for the conversation, as soon as it is told. */
  readonly onSession: (session: string) => void;
}

type End = Extract<StreamWord, { type: 'end' }>;

export class StreamOutput implements AgentOutput {
  readonly #recorder: Recorder;
  readonly #text: OutputText;
  readonly #options: StreamOutputOptions;
  #lastMessage: string | undefined;
  #end: End | undefined;

  constructor(recorder: Recorder, text: OutputText, options: StreamOutputOptions) {
    this.#recorder = recorder;
    this.#text = text;
    this.#options = options;
  }

  read(stdout: PieceReader): Promise<void> {
    return readLines(stdout, this.#text, {
      line: (line) => this.#take(line),
      text: (text) => this.#recorder.output('stdout', text),
      done: () => this.#recorder.room(),
    });
  }

  async word(): Promise<AgentWord> {
    const said = this.#lastMessage === undefined ? {} : { result: { text: this.#lastMessage } };
    if (!this.#end) {
      const { format } = this.#options;
      const invalid = `The output has no end of the agent's turn, as \`${PRINTED_BY[format]}\` prints it.`;
      return { ...said, invalid };
    }
    const { failure } = this.#end;
    return failure ? { outcome: 'failed', error: failure } : this.#succeeded(this.#end);
  }

  #succeeded({ text = this.#lastMessage, json }: End): AgentWord {
    if (!this.#options.isStructured) return text === undefined ? {} : { result: { text } };
    const result = json === undefined ? jsonIn(text) : { json };
    if (result) return { result };
    const invalid = 'The result of the agent is not JSON, as the output schema wants it.';
    return { ...(text !== undefined && { result: { text } }), invalid };
  }

  #take(text: string): void {
    const line = parsed(text);
    if (!isLine(line) || typeof line['type'] !== 'string') return this.#recorder.output('stdout', `${text}\n`);
    for (const word of READERS[this.#options.format](line)) this.#tell(word);
  }

  #tell(word: StreamWord): void {
    switch (word.type) {
      case 'message':
        this.#lastMessage = word.text;
        return this.#recorder.message(word.text);
      case 'log':
        return this.#recorder.output('agent', `${word.text}\n`);
      case 'progress':
        return this.#recorder.say({ type: 'progress', message: word.message });
      case 'session':
        return this.#options.onSession(word.id);
      case 'end':
        this.#end = word;
    }
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function jsonIn(text: string | undefined): AgentResult | undefined {
  const json = text === undefined ? undefined : parsed(text);
  return json === undefined ? undefined : { json };
}
