// The truth: what was made, what runs and what ran, as the cloud counts it. Knows nothing of the host's records.
import type { TaskScript } from './script.js';
import type { Timeline } from './timeline.js';

/** Pause of the work before each thing it tells. Milliseconds. */
const PACE_MS = 4000;
/** How long what was accepted, but not proven, takes. Milliseconds. */
export const ACCEPTED_MS = 5000;

export interface AttemptName {
  taskId: string;
  attempt: number;
}

export interface Work extends AttemptName {
  begunAt: number;
  stoppedAt?: number;
  script: TaskScript;
}

export interface Thing {
  taskId: string;
  /** The cloud has promised to remove it by itself. */
  promised: boolean;
}

/** Its id, and whose it is. */
export const IMAGE = 'image';

export function idOf(kind: string, { taskId, attempt }: AttemptName): string {
  if (kind === IMAGE) return IMAGE;
  return kind === 'disk' ? `${taskId}/disk` : `${taskId}/${String(attempt)}/${kind}`;
}

const isOf =
  ({ taskId, attempt }: AttemptName) =>
  (other: AttemptName): boolean =>
    other.taskId === taskId && other.attempt === attempt;

export class Cloud {
  readonly works: Work[] = [];
  readonly things = new Map<string, Thing>();
  /** Start requests that are on their way. */
  readonly sent: AttemptName[] = [];
  /** Tasks of which the cloud itself has said that their work may go on: a cancel or an answer it refused. */
  readonly unsure = new Map<string, string>();
  /** Tasks of which it said that nobody can tell what became of them. */
  readonly unknowable = new Set<string>();

  constructor(private readonly timeline: Timeline) {}

  make(id: string, taskId: string): void {
    this.things.set(id, { taskId: id === IMAGE ? IMAGE : taskId, promised: this.things.get(id)?.promised ?? false });
  }

  /** What lives in it ends. */
  remove(id: string): void {
    this.things.delete(id);
    for (const work of this.works) if (idOf('box', work) === id) this.end(work);
  }

  /** It will be gone in a while. */
  promise(id: string): void {
    const thing = this.things.get(id);
    if (!thing) return;
    thing.promised = true;
    this.timeline.later(ACCEPTED_MS, `removes ${id}`, () => this.remove(id));
  }

  /** A start request arrives. Undefined: refused, because what it needs is not there. */
  begin(name: AttemptName, script: TaskScript): Work | undefined {
    const needs = script.resources.filter((kind) => kind === 'box' || kind === 'image');
    if (needs.some((kind) => !this.things.has(idOf(kind, name)))) return undefined;
    const earlier = this.workOf(name);
    if (earlier && script.startIdempotent) return earlier;
    const work = { ...name, script, begunAt: this.timeline.now() };
    this.works.push(work);
    if (script.resources.includes('session')) this.make(idOf('session', name), name.taskId);
    return work;
  }

  /** A start request is sent and arrives so much later. */
  send(name: AttemptName, script: TaskScript, ms: number): void {
    this.sent.push(name);
    this.timeline.later(ms, `start of ${String(name.attempt)} lands late`, () => {
      this.sent.splice(this.sent.findIndex(isOf(name)), 1);
      this.begin(name, script);
    });
  }

  workOf(name: AttemptName): Work | undefined {
    return this.works.find(isOf(name));
  }

  executions(name: AttemptName): number {
    return this.works.filter(isOf(name)).length;
  }

  /** Only what is under way of it: a request that arrives later begins all the same. */
  stop(name: AttemptName): void {
    for (const work of this.works.filter(isOf(name))) this.end(work);
  }

  end(work: Work): void {
    if (this.isRunning(work)) work.stoppedAt = this.timeline.now();
  }

  isRunning({ stoppedAt, script, begunAt }: Work): boolean {
    if (stoppedAt !== undefined) return false;
    return script.end === 'never' || this.timeline.now() < begunAt + (script.pieces.length + 1) * PACE_MS;
  }

  /** How many pieces it has told so far. */
  told({ begunAt, stoppedAt, script }: Work): number {
    const end = stoppedAt ?? this.timeline.now();
    return Math.min(script.pieces.length, Math.floor((end - begunAt) / PACE_MS));
  }

  /** Milliseconds until it tells something or ends. */
  untilNext({ begunAt }: Work): number {
    return PACE_MS - ((this.timeline.now() - begunAt) % PACE_MS);
  }

  running(taskId: string): Work[] {
    return this.works.filter((work) => work.taskId === taskId && this.isRunning(work));
  }

  /** What is there of a task, is not kept for later, and was not promised to go. */
  left(taskId: string): string[] {
    const all = [...this.things].filter(([, thing]) => thing.taskId === taskId && !thing.promised).map(([id]) => id);
    return all.filter((id) => !id.endsWith('/kept'));
  }

  /** Other tasks whose work runs with the image. */
  imageUsers(taskId: string): string[] {
    const users = this.works.filter((work) => work.script.resources.includes('image') && this.isRunning(work));
    return users.map((work) => work.taskId).filter((user) => user !== taskId);
  }
}
