// What is alive while a verb runs. Everything that must survive stands in the handle instead.
import type { DispatchRequest, Handle, TraceContext } from '@agent-dispatch/schemas';

/** A configured account: a name for a credential source, never the secret. */
export interface AccountProfile {
  readonly name: string;
  readonly provider: string;
  /** The profile as configured, without what is the host's own (`provider` and limits); valid against `account.settings`. */
  readonly settings: Readonly<Record<string, unknown>>;
}

/** The host's time. Drivers take time from here alone, so that tests control it. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Structured log of the host. Values are redacted before they are written. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** Removes known secrets and what looks like one. */
export interface Redactor {
  text(text: string): string;
}

/** What `plan` may look at: it chooses names from these and does no I/O. */
export interface PlanContext {
  /** Random, one per state directory. In every name and tag given in a cloud, so that only ours are ever removed. */
  readonly installationId: string;
  readonly taskId: string;
  /** 1 for the first try. Part of every name, so that tries never share what they own. */
  readonly attempt: number;
  readonly account: AccountProfile;
  /** Epoch milliseconds. Whatever costs money gets an end in the cloud no later than this plus a grace. */
  readonly deadline: number;
  /**
   * Absolute path of a private directory (0700) of this provider in this installation. May not exist yet. Shared by all
   * its tasks: what an attempt puts there is a resource of its handle, and removed by `cleanup`.
   */
  readonly directory: string;
  /**
   * The ended task whose session this one goes on in, and the handle of its last attempt, without the resources that are
   * released. Given for requests with `continueFrom`, always of the same account, provider and driver. What it kept
   * (`keepSeconds`) is there only as long as someone names it: a driver that goes on using it names it in its own handle, with the same `shared:` scope.
   */
  readonly continued?: { readonly taskId: string; readonly handle: Handle };
}

/** What every other verb may use. */
export interface DriverContext extends PlanContext {
  /**
   * The whole request, input included: dispatch-request.schema.json. Its optional parts are those the offer accepts. Each of
   * its `inputs` has `text`, or `file` in provision and start; other verbs, which begin no work, know a file by its
   * name and digest. The files are the host's: to be copied, not changed or moved.
   */
  readonly request: DispatchRequest;
  /** Aborts when the verb must stop: cancel, deadline, shutdown. The verb settles soon after; work begun may go on. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly redactor: Redactor;
  /** Environment variables of the host that the manifest names: locations always, credentials only where the profile says so. */
  readonly environment: Readonly<Record<string, string>>;
  /**
   * Values of the request's `secrets`, by the name the agent expects. Given to every verb of a task; from resume on, a value
   * whose source yields nothing any more is missing. Never stored or logged.
   */
  readonly secrets: Readonly<Record<string, string>>;
  /**
   * Resolves when it is this task's turn to ask the cloud for the state of its work: to be awaited before every poll. Keeps
   * all tasks of the account and driver together below `pollsPerSecond`. Rejects when `signal` aborts.
   */
  readonly pace: () => Promise<void>;
  /**
   * W3C trace context under which everything done for the task hangs: of whoever asked for it or, where the host makes spans,
   * of its acceptance. The host's protocol drivers send it as headers; a driver that starts work itself gives it on as
   * TRACEPARENT and TRACESTATE. Absent where there is neither.
   */
  readonly trace?: Readonly<TraceContext>;
  /** What the offer declares: AgentDispatch's worker runs behind the channel. */
  readonly agent?: 'worker';
  /** `resume`: the cursor of the last event that was stored; absent when none was. */
  readonly cursor?: string;
}
