// A run as a task of A2A: what it holds by now, gathered from its events as they are recorded. Holds no bytes of files.
import type { Message, Part, Task, TaskStatus } from '@a2a-js/sdk';
import type { Run, RunEvent } from '../../runs/run.js';
import { FILE_BYTES, resultInPieces, tooLarge, wholeFile } from './contents.js';
import { artifact, message, type Names, stateOf, status, textPart } from './model.js';
import { ofTask } from './said.js';
import { isNoise } from './updates.js';

/** Of what the agent said, its output included: the latest. */
const HISTORY = { messages: 200, characters: 256 * 1024 } as const;

export class RunView {
  private seq = 0;
  private latest: RunEvent | undefined;
  private readonly history: Message[] = [];
  /** Of the history. */
  private characters = 0;
  private readonly files: string[] = [];
  /** The question that waits. */
  private question: { requestId: string; said: Message } | undefined;
  private reading: Promise<void> = Promise.resolve();

  constructor(
    readonly run: Run,
    readonly contextId: string,
    private readonly bootId: string,
  ) {}

  get names(): Names {
    return { taskId: this.run.invocationId, contextId: this.contextId };
  }

  get isOver(): boolean {
    return this.run.state !== 'running' && this.run.state !== 'input_required';
  }

  /** The id of the question that waits. */
  async openQuestion(): Promise<string | undefined> {
    await this.upToNow();
    return this.question?.requestId;
  }

  /** The newest event of which `task` knows. */
  get lastSeq(): number {
    return this.seq;
  }

  /** What names it and nothing that it holds. */
  bare(): Task {
    const { taskId: id, contextId } = this.names;
    const now = this.statusNow();
    return { id, contextId, status: now, history: [], artifacts: [], metadata: ofTask(this.bootId) };
  }

  /** @param historyLength messages at most. */
  async task(historyLength?: number): Promise<Task> {
    await this.upToNow();
    const history = historyLength === 0 ? [] : this.history.slice(-(historyLength ?? HISTORY.messages));
    return { ...this.bare(), history, artifacts: await this.artifacts() };
  }

  private statusNow(): TaskStatus {
    const { state } = this.run;
    const at = this.latest?.at ?? Date.now();
    const ended = this.latest?.type === 'ended' ? this.latest : undefined;
    const reason = ended?.error && message(this.names, ended.seq, [textPart(ended.error.message)]);
    return status(stateOf[state], at, state === 'input_required' ? this.question?.said : reason);
  }

  /** Bytes as long as there is room for them, the first first. */
  private async artifacts(): Promise<Task['artifacts']> {
    let room = FILE_BYTES;
    const artifacts: Task['artifacts'] = [];
    for (const name of this.files) {
      const kept = this.run.artifact(name);
      if (kept === undefined) continue;
      const isSent = kept.size <= room;
      if (isSent) room -= kept.size;
      artifacts.push(artifact(`file:${name}`, name, [isSent ? await wholeFile(kept) : tooLarge(kept)]));
    }
    const result: Part[] = [];
    if (this.latest?.type === 'ended') {
      for await (const { part } of resultInPieces(this.run, this.latest)) result.push(part);
    }
    return result.length === 0 ? artifacts : [...artifacts, artifact('result', 'result', result)];
  }

  /** One reader at a time. */
  private upToNow(): Promise<void> {
    this.reading = this.reading.then(() => this.read());
    return this.reading;
  }

  private async read(): Promise<void> {
    const { lastSeq } = this.run;
    if (lastSeq <= this.seq) return;
    const over = new AbortController();
    try {
      for await (const event of this.run.events(this.seq, over.signal)) {
        this.take(event);
        if (event.seq >= lastSeq) break;
      }
    } finally {
      over.abort();
    }
  }

  private take(event: RunEvent): void {
    this.seq = event.seq;
    this.latest = event;
    switch (event.type) {
      case 'log':
      case 'message':
        if (!isNoise(event)) this.say(event, event.text ?? '');
        break;
      case 'input_required':
        if (event.request === undefined) break;
        this.question = { requestId: event.request.requestId, said: this.say(event, event.request.question) };
        break;
      case 'input_received':
        this.question = undefined;
        break;
      case 'artifact':
        if (event.artifact !== undefined) this.files.push(event.artifact.name);
        break;
      default:
    }
  }

  private say(event: RunEvent, text: string): Message {
    const said = message(this.names, event.seq, [textPart(text)]);
    this.history.push(said);
    this.characters += text.length;
    while (
      this.history.length > HISTORY.messages ||
      (this.history.length > 1 && this.characters > HISTORY.characters)
    ) {
      this.characters -= lengthOf(this.history.shift());
    }
    return said;
  }
}

const lengthOf = (said: Message | undefined): number => {
  const content = said?.parts[0]?.content;
  return content?.$case === 'text' ? content.value.length : 0;
};
