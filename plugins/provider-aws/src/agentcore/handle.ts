// The handle of one attempt: the session it runs in, and the agent runtime where one is made for it. All names are chosen
// before anything is sent: the service has no list of sessions, so one whose id is not stored can be neither found nor stopped.
import type { Handle, Resource } from '@agent-dispatch/core/provider';
import type { SessionAddress } from '../aws/data-plane.js';

export const SESSION_KIND = 'agentcore-session';
export const RUNTIME_KIND = 'agentcore-runtime';

const VERSION = 1;

/** An agent runtime that this provider makes. */
export interface MadeRuntime {
  readonly name: string;
  readonly createToken: string;
  /** Digest of what it is like: tasks with another one cannot go on in it. */
  readonly configuration: string;
  /** Digest of the variables and secrets that its task gave it: a task that brings others cannot go on in it. */
  readonly given: string;
  readonly isShared: boolean;
  /** Epoch milliseconds from which on a create may be under way; absent: none was ever sent. */
  readonly intendedAt?: number;
  /** The AWS account in which creates were sent. */
  readonly accountId?: string;
  /** Lifetimes as they were sent, so that a repeated create is the same. */
  readonly lifetime?: { readonly idleSeconds: number; readonly maxSeconds: number };
}

export interface HandleData {
  /** Absent until the runtime is made. */
  readonly runtimeArn?: string;
  readonly qualifier: string;
  /** Absent in what a sweep found and no task of ours names. */
  readonly sessionId?: string;
  /** Epoch milliseconds before which the session cannot have begun, where it is on a runtime that was there. */
  readonly beganAfter?: number;
  readonly made?: MadeRuntime;
  /** The runtime takes OAuth tokens, not AWS credentials. */
  readonly takesToken?: true;
}

export const handleOf = (data: HandleData, resources: readonly Resource[]): Handle => ({
  version: VERSION,
  data: { ...data },
  resources: [...resources],
});

export const dataOf = (handle: Handle): HandleData => handle.data as unknown as HandleData;

/** The same attempt with more known about it. */
export const withData = (handle: Handle, more: Partial<HandleData>): Handle => ({
  ...handle,
  data: { ...handle.data, ...more },
});

/** Where the session runs, or would; undefined as long as there is no agent runtime. */
export function addressOf(handle: Handle): SessionAddress | undefined {
  const { runtimeArn, qualifier, sessionId } = dataOf(handle);
  return runtimeArn === undefined || sessionId === undefined ? undefined : { runtimeArn, qualifier, sessionId };
}
