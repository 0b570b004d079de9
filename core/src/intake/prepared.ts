// What intake is given to work with and what it answers. Contracts alone; intake.ts puts the steps in order.
import type { Clarification, DispatchRequest, DispatchTaskOutput, TaskRecord } from '@agent-dispatch/schemas';
import type { LoadedConfig } from '../config/loaded-config.js';
import type { KnownProvider } from '../plugins/known-provider.js';
import type { WantedInput } from './call.js';

/** Who calls. Never a secret. */
export interface CallerIdentity {
  /** Who is behind an authenticated call. It sees its own tasks alone; absent: the local user, who sees all. */
  subject?: string;
  client?: { name: string; version?: string };
  /** Stays the same when the client repeats the call. */
  callId?: string;
  /** W3C trace context, as it came. A malformed one is ignored. */
  trace?: { traceparent?: string; tracestate?: string };
}

/** Files and directories are still named and not read. */
export type PreparedRequest = Omit<DispatchRequest, 'input'> & { input: WantedInput };

/** All that the engine needs to accept a task. */
export interface Prepared {
  status: 'prepared';
  /** Valid against its schema, and its inputs against theirs; free of credentials unless the policy allows them. */
  request: PreparedRequest;
  /** Where the caller's arguments name the inputs, as a JSON pointer. */
  inputsAt: string;
  route: TaskRecord['route'];
  /** Absent when neither the caller nor its client gave a key. */
  idempotency?: { key: string; hash: string };
  /** From acceptance to the task's deadline. */
  deadlineSeconds: number;
  /** A policy rule asks: without a person's consent no task comes of it. */
  consent?: ConsentNeeded;
}

export interface ConsentNeeded {
  /** The deciding rule, as a pointer into the configuration. */
  rule: string;
  reason: string;
  /** Of the request, where it would run, and the rule: what the consent is to. */
  digest: string;
  /** All that a person is told, in lines. */
  question: string;
}

/**
 * That a person consented: given with a call by the front door that asked, never in its arguments, so that no model can
 * give it. Holds for the one request that was shown.
 */
export interface Consent {
  digest: string;
  /** Of the question. Consented to once, the request is one task, however often it comes. */
  id: string;
}

export type Outcome = Prepared | Clarification;

/** What a dry run answers: the decision, and what would be asked first. */
export interface Explained {
  status: 'explained';
  route: RouteView;
  clarification?: Clarification;
}

export type RouteView = NonNullable<DispatchTaskOutput['route']>;

export type Question = Clarification['questions'][number];

/** What intake needs of its neighbours; container.ts supplies it. */
export interface IntakeSources {
  config: LoadedConfig;
  /** Everything known, usable or not. */
  providers(): readonly KnownProvider[];
  /** SHA-256 of an account profile's settings, in hexadecimal. */
  accountDigest(name: string): string;
}
