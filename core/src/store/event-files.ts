// Older events of a task, moved out of memory into its events file. Only the bytes up to the mark count: what a crash
// left behind it is overwritten by the next move, which brings the same events again from the journal.
import type { TaskEvent } from '@agent-dispatch/schemas';
import type { FileLayer, OpenFile } from './file-layer.js';
import { decodeLines, encodeLine } from './record-codec.js';
import type { TaskPaths } from './task-paths.js';
import type { EventFileMark, TaskState } from './task-state.js';

/** So many events stay in memory before they are moved. */
export const EVENTS_IN_MEMORY = 32;
const CHUNK_BYTES = 64 * 1024;
/** A task keeps no more of them, however many events it has: reading then begins a little further ahead. */
const MOST_MARKS = 512;

export class EventFiles {
  constructor(
    private readonly files: FileLayer,
    private readonly paths: TaskPaths,
  ) {}

  /** Appends the state's events; durable on return. Returns where they are. */
  async append({
    record: { taskId },
    events,
    eventFile,
  }: Pick<TaskState, 'record' | 'events' | 'eventFile'>): Promise<EventFileMark> {
    const start = eventFile?.bytes ?? 0;
    const bytes = Buffer.from(events.map(encodeLine).join(''));
    await this.paths.make(taskId);
    await this.#within(taskId, 'update', async (file) => {
      await file.write(start, bytes);
      await file.datasync();
    });
    if (!eventFile) await this.files.syncDirectory(this.paths.directory(taskId));
    const [first, last] = [events[0], events.at(-1)];
    return {
      bytes: start + bytes.length,
      lastSeq: last?.seq ?? eventFile?.lastSeq ?? 0,
      marks: thinned([...(eventFile?.marks ?? []), ...(first ? [[first.seq, start] as const] : [])]),
    };
  }

  /** Events with seq > afterSeq, oldest first, at most `limit`; fewer when the file is damaged. */
  async read(taskId: string, mark: EventFileMark, afterSeq: number, limit: number): Promise<TaskEvent[]> {
    const found: TaskEvent[] = [];
    let position = mark.marks.findLast(([seq]) => seq <= afterSeq + 1)?.[1] ?? 0;
    await this.#within(taskId, 'read', async (file) => {
      let rest: Buffer = Buffer.alloc(0);
      while (position < mark.bytes && found.length < limit) {
        const chunk = await file.read(position, Math.min(CHUNK_BYTES, mark.bytes - position));
        if (chunk.length === 0) break;
        position += chunk.length;
        const bytes = Buffer.concat([rest, chunk]);
        const end = bytes.lastIndexOf(0x0a) + 1;
        rest = bytes.subarray(end);
        found.push(...soundEvents(bytes.subarray(0, end)).filter(({ seq }) => seq > afterSeq));
      }
    });
    return found.slice(0, limit);
  }

  async #within<Value>(
    taskId: string,
    mode: 'read' | 'update',
    use: (file: OpenFile) => Promise<Value>,
  ): Promise<Value> {
    const file = await this.files.open(this.paths.events(taskId), mode);
    try {
      return await use(file);
    } finally {
      await file.close();
    }
  }
}

const thinned = (marks: EventFileMark['marks']): EventFileMark['marks'] =>
  marks.length > MOST_MARKS ? marks.filter((_, index) => index % 2 === 0) : marks;

/** Up to the first line that cannot be read: who asks sees the gap. */
function soundEvents(bytes: Buffer): TaskEvent[] {
  const events: TaskEvent[] = [];
  for (const { record } of decodeLines(bytes)) {
    if (record === undefined) return events;
    events.push(record as TaskEvent);
  }
  return events;
}
