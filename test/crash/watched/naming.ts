// From what a dispatcher does to the name of the effect: which place of the state directory a path is, and which facts
// the lines of the journal state.
import path from 'node:path';

export interface Place {
  name: string;
  taskId?: string;
}

const TEMPORARY = /\.[0-9a-f]{16}\.tmp$/;
const TASK = /^tasks\/[^/]+\/(task_[^/]+)/;

/** In the order in which they are tried. `$1` in a name is the first group of its pattern. */
const PLACES: readonly (readonly [RegExp, string])[] = [
  [/^\.\.(\/\.\.)*$/, 'parent-directory'],
  [/^$/, 'state-directory'],
  [/^installation\.json$/, 'installation'],
  [/^epoch\.\d+$/, 'epoch'],
  [/^(journal|checkpoint|damaged|incoming)$/, '$1-directory'],
  [/^incoming\//, 'incoming'],
  [/^journal\//, 'journal.segment'],
  [/^(checkpoint|damaged)\//, '$1'],
  [/^tasks(\/[^/]+){0,2}(\/blobs)?$/, 'task-directory'],
  [/\/task\.json$/, 'document'],
  [/\/events\.jsonl$/, 'events'],
  [/\/log\.jsonl$/, 'log'],
  [/\/blobs\/[0-9a-f]+-input\.json$/, 'blob.input'],
  [/\/blobs\/[0-9a-f]+-result$/, 'blob.result'],
  // By its content, which is known when it is written.
  [/\/blobs\/(value|[0-9a-f]+-[0-9a-f]{40})$/, 'blob.captured'],
  [/\/blobs\//, 'blob.artifact'],
];

/** A path that no place is known for gets a name that stands in no list. */
export function placeOf(stateDir: string, file: string): Place {
  const relative = path.relative(stateDir, file).split(path.sep).join('/').replace(TEMPORARY, '');
  const taskId = TASK.exec(relative)?.[1];
  const [pattern, name] = PLACES.find(([one]) => one.test(relative)) ?? [];
  const found = pattern && name ? name.replace('$1', pattern.exec(relative)?.[1] ?? '') : `unknown(${relative})`;
  return { name: found, ...(taskId !== undefined && { taskId }) };
}

export interface Fact {
  name: string;
  taskId?: string;
}

interface Line {
  type?: string;
  head?: { record: { taskId: string; attempts?: { handle?: unknown }[] } };
  state?: { record: { taskId: string } };
  taskId?: string;
  tasks?: readonly unknown[];
  command?: { kind: string };
  events?: readonly { type: string; to?: string; state?: string }[];
}

/** What the lines of one write state. Remembers the handles, to tell a new one from other changes. */
export class Facts {
  readonly #handles = new Map<string, string>();

  of(bytes: Uint8Array): Fact[] {
    const lines = Buffer.from(bytes).toString('utf8').split('\n').slice(0, -1);
    return lines.map((line) => this.#fact(JSON.parse(line) as Line));
  }

  #fact(line: Line): Fact {
    const taskId = line.head?.record.taskId ?? line.state?.record.taskId ?? line.taskId;
    const name =
      line.type === 'task'
        ? this.#change(line)
        : line.type === 'post'
          ? `posted-${line.command?.kind ?? ''}`
          : String(line.type);
    return { name, ...(taskId !== undefined && { taskId }) };
  }

  /** The state that was entered; else what else happened; else what changed in the record. */
  #change({ head, events = [] }: Line): string {
    const handle = JSON.stringify(head?.record.attempts?.at(-1)?.handle ?? null);
    const taskId = head?.record.taskId ?? '';
    const former = this.#handles.get(taskId);
    const isNew = former !== undefined && former !== handle;
    this.#handles.set(taskId, handle);
    const entered = events.findLast(({ type }) => type === 'status')?.to;
    if (entered !== undefined) return entered;
    const cleanup = events.findLast(({ type }) => type === 'cleanup')?.state;
    if (cleanup !== undefined) return `cleanup-${cleanup}`;
    const [first] = events;
    if (first) return first.type.replaceAll('_', '-');
    return isNew ? 'handle' : 'record';
  }
}
