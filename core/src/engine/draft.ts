// A task record being changed by one input: collects events and effects, and knows how to move.
import type { DispatchErrorJson, TaskRecord, TaskStatus } from '@agent-dispatch/schemas';
import { ERRORS, type ErrorCode } from '../errors/index.js';
import type { NewEvent } from '../store/index.js';
import type { Effect } from './inputs.js';
import { assertLegal, isTerminal, type Trigger } from './state-table.js';

export type Attempt = NonNullable<TaskRecord['attempts']>[number];

export class Draft {
  readonly events: NewEvent[] = [];
  readonly effects: Effect[] = [];

  constructor(
    readonly record: TaskRecord,
    readonly now: number,
  ) {}

  get status(): TaskStatus {
    return this.record.status;
  }

  get terminal(): boolean {
    return isTerminal(this.record.status);
  }

  /** The work can still be heard from: nothing has decided its end. */
  get followed(): boolean {
    return this.status === 'starting' || this.status === 'running' || this.status === 'input_required';
  }

  /** The current attempt. Only asked for in states that have one. */
  get attempt(): Attempt {
    const attempt = this.record.attempts?.at(-1);
    if (attempt === undefined) throw new TypeError(`task ${this.record.taskId} has no attempt in state ${this.status}`);
    return attempt;
  }

  move(trigger: Trigger, to: TaskStatus, reason?: string): void {
    const from = this.record.status;
    assertLegal(from, trigger, to);
    this.record.status = to;
    this.events.push({ type: 'status', from, to, ...(reason !== undefined && { reason }) });
    if (isTerminal(to)) this.record.endedAt = this.now;
  }

  event(event: NewEvent): void {
    this.events.push(event);
  }

  effect(effect: Effect): void {
    this.effects.push(effect);
  }
}

/** A failure that the engine itself decides on. */
export function engineError(code: ErrorCode, message: string, details?: Record<string, unknown>): DispatchErrorJson {
  const { hint, fault, retryable } = ERRORS[code];
  return { code, message, hint, fault, retryable, ...(details && { details }) };
}
