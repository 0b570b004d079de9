// The runs that this face has spoken of, as tasks of A2A. A run keeps no context id: it is remembered here, and after the worker
// began anew made from the run's own id.
import { createHash } from 'node:crypto';
import { TaskNotFoundError } from '@a2a-js/sdk/errors';
import type { Run, Runs } from '../../runs/run.js';
import { RunView } from './run-view.js';

/** Beyond this, those whose run is kept no longer are dropped. */
const MANY = 1000;

export class Views {
  private readonly views = new Map<string, RunView>();

  constructor(private readonly runs: Runs) {}

  /** Errors: TaskNotFoundError. */
  get(taskId: string): RunView {
    const run = this.runs.get(taskId);
    if (run === undefined) {
      // Our own driver is told by whom it is not known.
      throw new TaskNotFoundError({
        message: `Task not found: ${taskId}`,
        metadata: { bootId: this.runs.bootId },
      });
    }
    return this.of(run, contextOf(taskId));
  }

  of(run: Run, contextId: string): RunView {
    const known = this.views.get(run.invocationId);
    if (known?.run === run) return known;
    const view = new RunView(run, contextId, this.runs.bootId);
    this.views.set(run.invocationId, view);
    if (this.views.size > MANY) this.drop();
    return view;
  }

  /** Of one context, or of all; the latest first. */
  list(contextId: string): RunView[] {
    this.drop();
    const all = [...this.views.values()].reverse();
    return contextId === '' ? all : all.filter((view) => view.contextId === contextId);
  }

  private drop(): void {
    for (const id of this.views.keys()) if (this.runs.get(id) === undefined) this.views.delete(id);
  }
}

/** The context of a caller that names none: the same for the same message. */
export const contextOf = (name: string): string =>
  `ctx_${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;
