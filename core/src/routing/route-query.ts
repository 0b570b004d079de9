// The words of routing: what is asked, who may answer, and what the answer says. Plain values: routing does no I/O, runs
// no plugin code and never throws. Asked by intake, which turns a decision without a choice into a coded error.
import type {
  Capability,
  Protocol,
  ProviderManifest,
  ProviderManifestDriver,
  ProviderManifestOffer,
  TargetMode,
  TaskType,
} from '@agent-dispatch/schemas';

/** An optional part of a request, in the words of an offer's `accepts`. */
export type RequestPart = NonNullable<ProviderManifestOffer['accepts']>[number];

/** What the task needs of a driver. What is absent may be anything; the match says what it came to. */
export interface RouteQuery {
  provider?: string;
  driver?: string;
  /** The account profile and the provider it belongs to: no other provider can match. */
  account: { name: string; provider: string };
  capability?: Capability;
  taskType: TaskType;
  target: { mode: TargetMode; protocol?: Protocol; details?: Readonly<Record<string, unknown>> };
  /** The optional parts that the request uses. */
  uses: readonly RequestPart[];
}

/** One provider that the host knows of. */
export interface RouteCandidate {
  provider: string;
  /** Absent for a plugin broken before its manifest could be read. */
  manifest?: ProviderManifest;
  /** Only ready and loaded ones are chosen. */
  state: 'ready' | 'loaded' | 'broken' | 'not-installed';
  /** Why it cannot be used, for the other two states. */
  reason?: string;
}

/** A driver and the offer by which it carries out what was asked. */
export interface RouteMatch {
  provider: string;
  driver: ProviderManifestDriver;
  offer: ProviderManifestOffer;
  /** The protocols that fit: one when the query names it. */
  protocols: readonly Protocol[];
}

/** What a candidate was judged on. `rank`: it fits, and another was preferred. */
export type Dimension =
  | 'state'
  | 'provider'
  | 'account'
  | 'driver'
  | 'capability'
  | 'taskType'
  | 'targetMode'
  | 'protocol'
  | 'details'
  | 'part'
  | 'rank';

/** One reason against a candidate. */
export interface Reason {
  about: Dimension;
  text: string;
  /** The name that was probably meant. */
  meant?: string;
  /** For `part`: which. */
  part?: RequestPart;
}

export interface Rejection {
  provider: string;
  /** Absent for a provider without a readable manifest. */
  driver?: string;
  reasons: Reason[];
}

export interface RouteDecision {
  /** The first of `matches`; absent when nothing fits. */
  chosen?: RouteMatch;
  /** Best first. */
  matches: RouteMatch[];
  /** Why the choice, or that there is none: one sentence. */
  reason: string;
  /** Every driver not chosen, each with all reasons. */
  rejected: Rejection[];
}
