// Lines that cannot be read: named in the log, kept aside as they are, and remembered by the tasks they speak of.
import { join } from 'node:path';
import { codeOf } from '../config/thrown.js';
import type { Logger } from '../provider/index.js';
import type { FileLayer } from './file-layer.js';
import type { Line } from './record-codec.js';
import { writeNew } from './whole-files.js';

/** The tasks that a line is about, and not those that it only mentions, as a parent or in a text. */
const TASK_ID = /(?:"taskId":|\[|,)"(task_[0-9a-hjkmnp-tv-z]{26})"/g;

/** Ids of the tasks that a damaged line is about, as far as they can be read. */
export const idsIn = (raw: Buffer): string[] => [
  ...new Set([...raw.toString('latin1').matchAll(TASK_ID)].flatMap(([, taskId]) => taskId ?? [])),
];

export class DamagedLines {
  constructor(
    private readonly files: FileLayer,
    private readonly directory: string,
    /** Called for each task that a damaged line names, so far as its ids can be read. */
    private readonly onTask: (taskId: string, place: string) => void,
    private readonly logger?: Logger,
  ) {}

  /** A line with sound ones behind it: what it said of these tasks is lost. */
  async found(file: string, line: Line, raw: Buffer, taskIds = idsIn(raw)): Promise<void> {
    const place = `${file} line ${line.number}`;
    await this.#keep(file, line, raw);
    this.logger?.warn('a stored record is damaged; it was kept aside', { place, taskIds });
    for (const taskId of taskIds) this.onTask(taskId, place);
  }

  /** A line at the very end of a writer that was killed: as a rule it was never acknowledged. */
  async cutOff(file: string, line: Line, raw: Buffer): Promise<void> {
    if (!line.complete) {
      this.logger?.info('the unfinished end of the journal was cut off', { file, bytes: raw.length });
      return;
    }
    await this.#keep(file, line, raw);
    const place = `${file} line ${line.number}`;
    this.logger?.warn('the end of the journal cannot be read; it was kept aside', { place, taskIds: idsIn(raw) });
  }

  async #keep(file: string, line: Line, raw: Buffer): Promise<void> {
    await this.files.makeDirectory(this.directory);
    try {
      await writeNew(this.files, join(this.directory, `${file}.${line.number}`), raw);
    } catch (error) {
      // An earlier start found it too.
      if (codeOf(error) !== 'EEXIST') throw error;
    }
  }
}
