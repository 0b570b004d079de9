// The first exchange of every connection: do both ends speak the same version, and hold the same configuration?

/** Of the messages between front door and dispatcher. Other numbers do not understand each other. */
export const PROTOCOL = 1;

export interface HelloRequest {
  protocol: number;
  version: string;
  /** LoadedConfig.digest of the front door; absent from one that only wants to look at tasks. */
  configDigest?: string;
  client: string;
}

/**
 * fit: go on. replaced: this dispatcher was idle and gives up, so that one of the caller's version and configuration
 * can start. stale: it is at work, or the caller only looks; tasks can be looked at and cancelled, but not started.
 */
export type HelloVerdict = 'fit' | 'replaced' | 'stale';

export interface HelloAnswer {
  protocol: number;
  version: string;
  verdict: HelloVerdict;
  /** Environment variables that the configuration refers to; the front door gives those it has. */
  wants: string[];
}

export interface DispatcherStatus {
  pid: number;
  version: string;
  configDigest: string;
  stateDir: string;
  startedAt: number;
  openTasks: number;
  clients: number;
}
