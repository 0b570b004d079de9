// The driver contract: six verbs, written to be crashed. Order, repetition and proofs are what a driver promises here.
import type { CleanupProof, DispatchRequest, Handle, Handoff, Resource } from '@agent-dispatch/schemas';
import type { Channel } from './channel.js';
import type { DriverContext, PlanContext } from './context.js';
import type { DriverEvent } from './events.js';

/**
 * How far a cancel reached. stopped: nothing of the work runs any more. requested: it was told to stop and may run on
 * until cleanup. unsupported: nothing was done.
 */
export type CancelLevel = 'stopped' | 'requested' | 'unsupported';

/** The verbs every driver has, whoever speaks to the agent. */
export interface DriverVerbs {
  /**
   * Chooses every name, session id and token of one attempt, from installation id, task id and attempt.
   *
   * Called: once per attempt, before anything else; the host stores the handle before the next verb.
   * Repeat: any number of times with the same answer. Pure: no I/O, no clock, no randomness.
   * Returns: the handle, with every resource the attempt may create, at most 64 KiB of JSON. Later handles may name more,
   * but no more shared ones: tasks that share one are counted before it is touched.
   * Errors: AD_PROVIDER_TARGET_INVALID (caller) when the details cannot be used. Whatever is thrown fails the task;
   * nothing was begun then. A malformed handle does the same.
   */
  plan(request: DispatchRequest, context: PlanContext): Handle;

  /**
   * Makes what the attempt needs and waits until it is ready. Does not begin the work.
   *
   * Called: after the handle is stored. Repeat: after a crash, with the same handle: same handle, same resources.
   * Yields: handle, log, progress events. Returning means ready.
   * Cleans up: nobody here; the host calls cleanup on every ending, a throw included.
   * Bound: the request's `limits.provisionSeconds`, default 600; then the signal aborts.
   * Errors: whatever is thrown ends the attempt. With a retryable code the task gets another attempt, as far as its
   * `retry` allows; what is not coded becomes AD_PROVIDER_INTERNAL.
   */
  provision(handle: Handle, context: DriverContext): AsyncIterable<DriverEvent>;

  /**
   * Stops the work of this attempt, whatever stage it is in.
   *
   * Called: before, during or after every other verb. The verb under way was aborted and has settled, or had 10 s to.
   * Repeat: yes, without further effect; once more `settleSeconds` after a start whose effect is unknown.
   * With the handle as planned, too. Finding nothing is `stopped` only where nothing can turn up any more.
   * Holds on return: at level `stopped`, nothing of this attempt runs or will begin to run. At every level the task ends
   * and cleanup follows.
   * Bound: 120 s, then it counts as failed. Errors: whatever is thrown; it is tried five times, then counts as
   * `unsupported`.
   */
  cancel(handle: Handle, context: DriverContext): Promise<CancelLevel>;

  /**
   * Removes resources, in an order that the driver knows to be right.
   *
   * Called: after every ending, with resources of one attempt: those of scope `attempt` once it is over, those of scope
   * `task` once the task is, those of scope `shared:` once no task uses them; each after its `keepSeconds`; never with
   * borrowed ones. By `agentdispatch gc` with what `sweep` found, and the handle that it gave for that; `taskId` is the
   * one found, or empty.
   * Repeat: until each has a proof, about a day long. An absent resource is success.
   * Returns: one proof for each resource given, by its id; a missing one means not yet.
   * Bound: 15 min. Errors: whatever is thrown counts as not yet for all; the outcome of the task stays as it is.
   */
  cleanup(resources: readonly Resource[], handle: Handle, context: DriverContext): Promise<CleanupProof[]>;
}

/** A driver that follows its work itself. Offers with `spokenBy: driver`. */
export interface DirectDriver extends DriverVerbs {
  /**
   * Begins the work and follows it to its end.
   *
   * Called: once per attempt, after the host has stored the intent. Repeat: after a crash only where the manifest
   * declares `startIdempotent`; otherwise the host calls `resume`.
   * Yields: events as they happen, then one `ended`. `unknown` when a sent request's effect cannot be told.
   * A stream that finishes without either counts as a broken connection: where the offer declares `resume` the host
   * resumes, until the deadline; else the task is lost.
   * Ends early: when the signal aborts; within 10 s. Only handle and log events still count then, and no error does.
   * Errors: a coded error says for certain that the work did not begin or is over, unless its `details.ambiguous` is
   * true. Anything else thrown counts as a broken connection, for it says nothing about the work.
   */
  start(handle: Handle, context: DriverContext): AsyncIterable<DriverEvent>;

  /**
   * Finds work begun earlier, possibly by another process, and follows it from `context.cursor`. Never begins anything.
   *
   * Called: after a crash or a broken stream, where the offer declares `resume`. Repeat: yes. The verb is there in any
   * case; without the declaration nobody calls it.
   * Yields: one ResumeAnswer first; after `attached` the events as in `start`.
   * Errors: whatever is thrown says nothing about the work: it is called again, after pauses of 1 to 60 s.
   */
  resume(handle: Handle, context: DriverContext): AsyncIterable<DriverEvent>;
}

/**
 * A driver whose agent is spoken to by the host's protocol drivers. Offers with `spokenBy: host`.
 */
export interface ChannelDriver extends DriverVerbs {
  /**
   * An authenticated way to the agent of this attempt. Opening it sends nothing.
   *
   * Called: before each start, resume, send and cancel of the host's own. Repeat: yes; each call gives an independent channel.
   * Cleans up: nobody; a channel holds nothing once its requests are over.
   */
  channel(handle: Handle, context: DriverContext): Channel;
}

/** What a driver may be: direct, over a channel, or both where its offers differ. */
export type Driver = DriverVerbs &
  Partial<DirectDriver> &
  Partial<ChannelDriver> &
  Partial<DriverWithCheck> &
  Partial<DriverWithHandoff> &
  Partial<DriverWithSend> &
  Partial<DriverWithSweep>;

/** One finding about an account or target. */
export interface CheckFinding {
  name: string;
  status: 'pass' | 'warn' | 'fail';
  message: string;
  /** The exact next action, for warn and fail. */
  fix?: string;
}

/** Declared by `features.check`. */
export interface DriverWithCheck {
  /**
   * Tries whether the target could be used, by reads alone. Starts nothing, changes nothing.
   *
   * Called: for `doctor --live` and check_cloud_agent_runtime with `live`, and without `live` where `features.check` is
   * `offline`; outside any task: the request is the runtime profile's, with empty `input`; `taskId` is empty, `attempt` 0,
   * and there are no secrets. Repeat: yes. Bound: 30 s, then the signal aborts. Errors: whatever is thrown becomes a finding that fails.
   */
  check(request: DispatchRequest, context: DriverContext): Promise<CheckFinding[]>;
}

/** Optional: metadata with which another program can talk to the agent itself. */
export interface DriverWithHandoff {
  /** Pure. Never holds a secret. Called: right after `plan`; what is known only later comes as a handoff event. */
  handoff(handle: Handle, context: PlanContext & { readonly request: DispatchRequest }): Handoff | undefined;
}

/** A message to running work. */
export interface Message {
  id: string;
  text: string;
  /** The question it answers: one of those asked and not answered yet. Its text is JSON where the question has a schema. */
  requestId?: string;
}

/**
 * What became of it. queued: what runs the work has taken it over, and the work will see it. rejected: it had no effect.
 * unknown: nobody can tell.
 */
export type Receipt = { state: 'delivered' | 'queued' } | { state: 'rejected' | 'unknown'; reason: string };

/** Declared by an offer's `send`, where the offer says `spokenBy: driver`. */
export interface DriverWithSend {
  /**
   * Gives the message to the running work.
   *
   * Called: while the work is followed, one message of a task at a time, in order. The intent is stored before.
   * Repeat: after a crash only where the offer declares `deduplicated`, with the same message id; otherwise its receipt is
   * `unknown` then. Holds on `delivered`: the work has the message, and it survives a crash of the host.
   * Bound: 60 s, then the receipt is `unknown`. Errors: a coded error whose `details.ambiguous` is not true rejects the
   * message, with its words as reason; anything else thrown makes the receipt `unknown`.
   */
  send(handle: Handle, message: Message, context: DriverContext): Promise<Receipt>;
}

/** Something found in the cloud that bears an installation's name. */
export interface SweptResource {
  /** Names what was found in `resources`; with it, `cleanup` can remove that. */
  handle: Handle;
  installationId: string;
  taskId?: string;
  /** Epoch milliseconds. */
  createdAt?: number;
}

/** What `sweep` may use: it belongs to no task. */
export type SweepContext = Omit<DriverContext, 'request' | 'taskId' | 'attempt' | 'deadline' | 'cursor' | 'continued'>;

/** Declared by `features.sweep`. */
export interface DriverWithSweep {
  /**
   * Lists what is in this account and bears the name of any installation: ours and others. Removes and changes nothing.
   *
   * Called: by `agentdispatch gc`, which holds it against the ledger of tasks. Repeat: yes.
   * Yields: each thing once, whatever its state; what cannot be listed (a service without a list) is left out.
   * Bound: 300 s, then the signal aborts. Errors: whatever is thrown is shown; nothing is removed then.
   */
  sweep(context: SweepContext): AsyncIterable<SweptResource>;
}
