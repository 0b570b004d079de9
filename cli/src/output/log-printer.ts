// Entries of a task's log as they come: the text as the agent wrote it, escaped where a terminal reads it.
import type { GetTaskLogsOutput } from '@agent-dispatch/schemas';
import { writeAll } from './print.js';
import { textFor } from './terminal-text.js';

type Entry = GetTaskLogsOutput['entries'][number];
type Sink = NodeJS.WritableStream & { isTTY?: boolean };

export interface LogPrinterOptions {
  timestamps?: boolean;
  /** Where the text of a stream goes. */
  out(stream: Entry['stream']): Sink;
}

export class LogPrinter {
  /** Terminals on whose last line something stands. */
  private readonly unfinished = new Set<Sink>();

  constructor(private readonly options: LogPrinterOptions) {}

  async print(entries: readonly Entry[]): Promise<void> {
    for (const { at, stream, text } of entries) {
      const sink = this.options.out(stream);
      const shown = textFor(sink, text);
      await writeAll(sink, this.options.timestamps === true ? stamped(at, shown) : shown);
      if (sink.isTTY === true && !shown.endsWith('\n')) this.unfinished.add(sink);
      else this.unfinished.delete(sink);
    }
  }

  /** So that what is said next begins on a line of its own. */
  async endLine(): Promise<void> {
    for (const sink of this.unfinished) await writeAll(sink, '\n');
    this.unfinished.clear();
  }
}

/** Entries end where the program's writes ended: one without a line end gets one, or the next stamp would follow it. */
const stamped = (at: string, text: string): string => `${at} ${text}${text.endsWith('\n') ? '' : '\n'}`;
