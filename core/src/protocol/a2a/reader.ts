// Turns the events and snapshots of one task of an agent into the host's events, each once, in whatever way they came.
import { createHash } from 'node:crypto';
import { type Message, Role, type StreamResponse, type Task, TaskState, type TaskStatus } from '@a2a-js/sdk';
import type { DriverEvent } from '../../provider/index.js';
import { ArtifactReader } from './artifact-reader.js';
import type { A2aLimits } from './limits.js';
import { contentOf } from './parts.js';
import { questionOf } from './question.js';
import { endOf, isEnd, isQuestion, SAID } from './states.js';
import { inPieces, Told } from './told.js';

/** An event of the agent, and the same as it came. */
export interface AgentEvent {
  readonly event: StreamResponse;
  readonly raw: unknown;
}

export class Reader {
  /** The end was told. */
  ended = false;
  private readonly told: Told;
  private readonly artifacts: ArtifactReader;
  private messages = 0;
  private metStranger = false;

  /** @param taskId the agent's. Undefined until it is known, and where the agent answers without a task. */
  constructor(
    private readonly limits: A2aLimits,
    public taskId?: string,
    cursor?: string,
  ) {
    this.told = new Told(cursor);
    this.artifacts = new ArtifactReader(this.told, limits);
  }

  /** A question waits for its answer. */
  get asking(): boolean {
    return this.told.question !== undefined;
  }

  *read({ event: { payload }, raw }: AgentEvent): Generator<DriverEvent, void, void> {
    switch (payload?.$case) {
      case 'task':
        if (this.isMine(payload.value.id)) return yield* this.snapshot(payload.value);
        return yield* this.stranger();
      case 'message':
        if (this.taskId === undefined) return yield* this.answer(payload.value, raw);
        if (this.isMine(payload.value.taskId)) return yield* this.message(payload.value, raw);
        return yield* this.stranger();
      case 'statusUpdate':
        if (this.isMine(payload.value.taskId)) return yield* this.status(payload.value.status, raw);
        return yield* this.stranger();
      case 'artifactUpdate':
        if (this.isMine(payload.value.taskId)) return yield* this.artifacts.update(payload.value);
        return yield* this.stranger();
      case undefined:
      default:
      // A kind of event that is not known yet says nothing that could be told.
    }
  }

  /**
   * What the task holds that was not told.
   * @param isAfterBreak events may have been missed: what the task cannot show any more is a gap.
   */
  *snapshot({ status, history, artifacts }: Task, isAfterBreak = false): Generator<DriverEvent, void, void> {
    const messages = history.filter(({ role, taskId }) => role !== Role.ROLE_USER && this.isMine(taskId));
    const ids = [...messages, ...(status?.message ? [status.message] : [])].map(idOf);
    const isLacking =
      this.told.lacksMessage(ids) || this.told.lacksArtifact(artifacts.map(({ artifactId }) => artifactId));
    if (isAfterBreak && isLacking) yield { type: 'gap' };
    const known = messages.findLastIndex((message) => this.told.hasMessage(idOf(message)));
    for (const message of messages.slice(known + 1)) {
      // The latest may be a question.
      if (idOf(message) !== ids.at(-1) || status?.message === undefined) yield* this.message(message);
    }
    for (const [index, artifact] of artifacts.entries()) yield* this.artifacts.whole(artifact, index);
    yield* this.status(status);
  }

  private isMine(taskId: string): boolean {
    return taskId === '' || this.taskId === undefined || taskId === this.taskId;
  }

  private *stranger(): Generator<DriverEvent, void, void> {
    if (this.metStranger) return;
    this.metStranger = true;
    yield { type: 'log', stream: 'system', text: 'The agent sent events of another task; they are left out.\n' };
  }

  private *status(status: TaskStatus | undefined, raw?: unknown): Generator<DriverEvent, void, void> {
    if (status === undefined) return;
    const { state, message } = status;
    if (isQuestion(state)) return yield* this.question(status);
    yield* this.answered();
    // What is told of a failure is its error.
    if (message && (state === TaskState.TASK_STATE_COMPLETED || !isEnd(state))) yield* this.message(message, raw);
    if (isEnd(state)) return yield this.end(status);
    const said = SAID[state];
    if (message === undefined && said !== undefined && state !== this.told.state) {
      this.told.state = state;
      yield { type: 'progress', message: said, cursor: this.told.cursor };
    }
    this.told.state = state;
  }

  private *question(status: TaskStatus): Generator<DriverEvent, void, void> {
    const request = questionOf(status, this.taskId);
    if (request.requestId === this.told.question) return;
    yield* this.answered();
    if (status.message) this.told.message(idOf(status.message));
    this.told.question = request.requestId;
    this.told.state = status.state;
    yield { type: 'input_required', request, cursor: this.told.cursor };
  }

  private *answered(): Generator<DriverEvent, void, void> {
    const { question: requestId } = this.told;
    if (requestId === undefined) return;
    this.told.question = undefined;
    yield { type: 'input_received', requestId, cursor: this.told.cursor };
  }

  private *message(message: Message, raw?: unknown): Generator<DriverEvent, void, void> {
    const id = idOf(message);
    if (message.role === Role.ROLE_USER || this.told.hasMessage(id)) return;
    const content = contentOf(message.parts);
    const { text } = content;
    const isShort = text.length <= this.limits.messageCharacters && this.messages < this.limits.messages;
    yield* this.artifacts.tell({ id: inPieces(id), name: '' }, isShort ? { ...content, text: '' } : content);
    this.told.message(id);
    if (!isShort || text === '') return;
    this.messages += 1;
    yield { type: 'message', text, ...this.rawOf(raw), cursor: this.told.cursor };
  }

  /** The agent made no task of it: its message is all there will be. */
  private *answer(message: Message, raw: unknown): Generator<DriverEvent, void, void> {
    yield* this.message(message, raw);
    const result = this.artifacts.result(contentOf(message.parts));
    this.ended = true;
    yield { type: 'ended', outcome: 'succeeded', ...(result && { result }) };
  }

  private end(status: TaskStatus): DriverEvent {
    const last = status.message && contentOf(status.message.parts);
    const isResult = status.state === TaskState.TASK_STATE_COMPLETED;
    const result = this.artifacts.result(isResult ? last : undefined);
    this.ended = true;
    return { type: 'ended', ...endOf(status.state, last?.text ?? ''), ...(result && { result }) };
  }

  private rawOf(raw: unknown): { raw?: unknown } {
    if (raw === undefined) return {};
    const isSmall = Buffer.byteLength(JSON.stringify(raw)) <= this.limits.rawBytes;
    return { raw: isSmall ? raw : { truncated: true } };
  }
}

/** Agents that give no id are told apart by what they say. */
const idOf = ({ messageId, parts }: Message): string =>
  messageId === '' ? createHash('sha256').update(JSON.stringify(parts)).digest('hex') : messageId;
