// The log of one task as the engine writes it: one JSON line per piece of output, redacted, with the driver's cursor in
// the same line, so that following goes on exactly where the stored log ends.
import type { Clock, DriverEvent } from '../provider/index.js';
import type { TaskStore } from '../store/index.js';
import type { OutputRedactor } from './ports.js';
import { after } from './timer.js';

export type LogStream = Extract<DriverEvent, { type: 'log' }>['stream'];

/**
 * One line of the log file. `a`: attempt; `c`: cursor after this piece. `h`: the cursor comes with a later line, because
 * redaction holds some output before it back.
 */
export interface LogLine {
  at: number;
  stream: LogStream;
  text: string;
  a: number;
  c?: string;
  h?: true;
}

/** Where following goes on. */
export interface LogPlace {
  cursor?: string;
  /** Characters of each stream that were written after that cursor: they come again. */
  written: ReadonlyMap<LogStream, number>;
}

/** Redaction holds back what may be the beginning of a secret; after so long without more output it is written. */
const SILENCE_MS = 40;
/** Text of one line; longer output is cut into several, so that readers can count on short ones. Characters. */
const MAX_TEXT = 32 * 1024;
/** Looked at from the end of the log for the last complete line. More than the longest line. */
const TAIL_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;

interface Options {
  clock: Clock;
  taskId: string;
  fence: number;
  attempt: number;
  redactor: OutputRedactor;
  /** What is written already and comes again. Default: nothing. */
  written?: LogPlace['written'];
}

export class TaskLog {
  private readonly redactors = new Map<LogStream, ReturnType<OutputRedactor['stream']>>();
  private callOffSilence: (() => void) | undefined;
  /** Characters still to come that are written already. */
  private readonly written: Map<LogStream, number>;
  /** The latest cursor, while output before it is held back. */
  private heldCursor: string | undefined;
  private writes: Promise<void> = Promise.resolve();
  private opening: Promise<void> | undefined;
  private offset = 0;

  constructor(
    private readonly store: TaskStore,
    private readonly options: Options,
  ) {
    this.written = new Map(options.written);
  }

  /** Bytes in the log. */
  async size(): Promise<number> {
    await this.opened();
    return this.offset;
  }

  /** At its end. Only when something is asked of it: many tasks have no log. */
  private opened(): Promise<void> {
    return (this.opening ??= this.open());
  }

  /** A line torn by a crash is closed off. */
  private async open(): Promise<void> {
    const { taskId } = this.options;
    this.offset = (await this.store.readLog(taskId, 0, 0)).size;
    if (this.offset === 0) return;
    const { bytes } = await this.store.readLog(taskId, this.offset - 1, 1);
    if (bytes[0] !== NEWLINE) await this.write('\n');
  }

  async append(event: { stream: LogStream; text: string; cursor?: string }, at: number): Promise<void> {
    this.callOffSilence?.();
    await this.inOrder(async () => {
      const { stream } = event;
      const text = this.fresh(stream, this.redactorOf(stream).push(event.text));
      this.heldCursor = event.cursor ?? this.heldCursor;
      const place = this.holdsBack ? this.withheld() : this.reached();
      if (text !== '' || place.c !== undefined) await this.line({ at, stream, text, ...place });
    });
    this.flushAfterSilence();
  }

  /**
   * Writes a whole message as a line of its own. Its text is redacted already.
   * @param comesAgain until its place is stored with the record, which is next.
   */
  async say(text: string, comesAgain: boolean): Promise<void> {
    this.callOffSilence?.();
    await this.inOrder(async () => {
      await this.writeHeldBack();
      const fresh = this.fresh('agent', text.endsWith('\n') ? text : `${text}\n`);
      if (fresh === '') return;
      await this.line({ at: this.options.clock.now(), stream: 'agent', text: fresh, ...(comesAgain && { h: true }) });
    });
  }

  /** Writes what redaction still holds back. Called when no more output will come. */
  async flush(): Promise<void> {
    this.callOffSilence?.();
    await this.inOrder(() => this.writeHeldBack());
  }

  private async writeHeldBack(): Promise<void> {
    const at = this.options.clock.now();
    const holding = [...this.redactors].filter(([, redactor]) => redactor.holdsBack);
    for (const [stream, redactor] of holding) {
      const text = this.fresh(stream, redactor.flush());
      await this.line({ at, stream, text, ...(this.holdsBack ? this.withheld() : this.reached()) });
    }
  }

  private get holdsBack(): boolean {
    return [...this.redactors.values()].some(({ holdsBack }) => holdsBack);
  }

  /** Of a line that goes before its cursor. */
  private withheld(): Pick<LogLine, 'c' | 'h'> {
    return this.heldCursor === undefined ? {} : { h: true };
  }

  /** Of a line with which all output before the cursor is written. */
  private reached(): Pick<LogLine, 'c' | 'h'> {
    const c = this.heldCursor;
    this.heldCursor = undefined;
    return c === undefined ? {} : { c };
  }

  /** What of a text was not written by another process. */
  private fresh(stream: LogStream, text: string): string {
    const known = Math.min(this.written.get(stream) ?? 0, text.length);
    if (known > 0) this.written.set(stream, (this.written.get(stream) ?? 0) - known);
    return text.slice(known);
  }

  /** Some output will never come: what does is new. */
  missed(): void {
    this.written.clear();
  }

  private flushAfterSilence(): void {
    const flush = (): void => void this.inOrder(() => this.writeHeldBack());
    this.callOffSilence = after(this.options.clock, SILENCE_MS, flush);
  }

  /** Nothing is written by itself any more. */
  close(): void {
    this.callOffSilence?.();
  }

  /** A failed write is told by the next call: nothing may be written after it. */
  private inOrder(write: () => Promise<void>): Promise<void> {
    this.writes = this.writes.then(write);
    this.writes.catch(() => undefined);
    return this.writes;
  }

  /** Where this attempt's output goes on, as far as lines after `logOffset` tell. */
  async lastPlace(logOffset: number): Promise<LogPlace> {
    const size = await this.size();
    const from = Math.max(logOffset, size - TAIL_BYTES);
    const { bytes } = await this.store.readLog(this.options.taskId, from, size - from);
    const written = new Map<LogStream, number>();
    for (const line of new TextDecoder().decode(bytes).split('\n').reverse()) {
      const parsed = parseLogLine(line);
      if (parsed?.a !== this.options.attempt) continue;
      const { c: cursor, h, stream, text } = parsed;
      if (cursor !== undefined) return { cursor, written };
      if (h) written.set(stream, (written.get(stream) ?? 0) + text.length);
    }
    return { written };
  }

  private async line({ c, h, ...line }: Omit<LogLine, 'a'>): Promise<void> {
    await this.opened();
    const pieces = cut(line.text);
    const before: Pick<LogLine, 'h'> = c !== undefined || h ? { h: true } : {};
    for (const [index, text] of pieces.entries()) {
      const place = index === pieces.length - 1 ? { c, h } : before;
      await this.write(`${JSON.stringify({ ...line, text, a: this.options.attempt, ...place })}\n`);
    }
  }

  private async write(text: string): Promise<void> {
    const bytes = Buffer.from(text);
    await this.store.appendLog(this.options.taskId, this.options.fence, this.offset, bytes);
    this.offset += bytes.length;
  }

  private redactorOf(stream: LogStream): ReturnType<OutputRedactor['stream']> {
    const known = this.redactors.get(stream);
    if (known) return known;
    const made = this.options.redactor.stream();
    this.redactors.set(stream, made);
    return made;
  }
}

/** A text in pieces that lines may have, no character cut in two. */
function cut(text: string): string[] {
  const pieces: string[] = [];
  let from = 0;
  while (text.length - from > MAX_TEXT) {
    const splits = /[\uD800-\uDBFF]/.test(text.charAt(from + MAX_TEXT - 1));
    const to = from + MAX_TEXT - (splits ? 1 : 0);
    pieces.push(text.slice(from, to));
    from = to;
  }
  return [...pieces, text.slice(from)];
}

/** A line of the log, or undefined for one that a crash tore. */
export function parseLogLine(line: string): LogLine | undefined {
  if (!line.startsWith('{') || !line.endsWith('}')) return undefined;
  try {
    return JSON.parse(line) as LogLine;
  } catch {
    return undefined;
  }
}
