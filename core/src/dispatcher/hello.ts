// The first exchange of every connection: do both ends speak the same version, and hold the same configuration? Its own
// shape stays as it is in every version, so that the answer can be told.
import { DispatchError, isDispatchError } from '../errors/index.js';
import { STATE_SCHEMA } from '../store/installation.js';

/**
 * Of the messages between front door and dispatcher. Other numbers do not understand each other. 2: a dispatcher keeps the
 * tasks of subjects apart.
 */
export const PROTOCOL = 2;

export interface HelloRequest {
  protocol: number;
  version: string;
  /** What the front door's own dispatcher would write; absent from versions before there was a second one. */
  stateSchema?: number;
  /** LoadedConfig.digest of the front door; absent from one that only wants to look at tasks. */
  configDigest?: string;
  client: string;
}

/**
 * fit: go on. replaced: this dispatcher was idle and gives up, so that one of the caller's version and configuration
 * can start. stale: it is at work, or the caller only looks; tasks can be looked at and cancelled, but not started.
 * outdated: the same for a caller that is older than this dispatcher, whether or not it is at work.
 */
export type HelloVerdict = 'fit' | 'replaced' | 'stale' | 'outdated';

export interface HelloAnswer {
  protocol: number;
  version: string;
  stateSchema: number;
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

/** What a front door of this version says of itself. */
export const ownHello = (who: Pick<HelloRequest, 'version' | 'client' | 'configDigest'>): HelloRequest => ({
  protocol: PROTOCOL,
  stateSchema: STATE_SCHEMA,
  ...who,
});

/** Errors: AD_DISPATCHER_INCOMPATIBLE when the other end is no dispatcher that this version can talk to. */
export function asHelloAnswer(answer: unknown): HelloAnswer {
  const { protocol, version, verdict } = (answer ?? {}) as Partial<HelloAnswer>;
  // Whoever gives up for us need not speak as we do.
  if (protocol === PROTOCOL || verdict === 'replaced') return answer as HelloAnswer;
  throw foreign(
    `the running dispatcher (version ${String(version)}) speaks protocol ${String(protocol)}, this program`,
  );
}

/** To hello and status, while the state directory is being opened: a sign of life. */
export const stillOpening = (): DispatchError =>
  new DispatchError('AD_DISPATCHER_UNREACHABLE', 'the dispatcher is still opening its state directory', {
    hint: 'Call again in a minute: the directory is large, or its disk slow.',
    details: { opening: true },
  });

export const isStillOpening = (error: unknown): boolean =>
  isDispatchError(error) && error.details?.['opening'] === true;

/** @param both who speaks what, and who speaks ours. */
export const foreign = (both: string): DispatchError =>
  new DispatchError('AD_DISPATCHER_INCOMPATIBLE', `${both} speaks protocol ${PROTOCOL}`, {
    hint: 'Use the same version of AgentDispatch in both places; or run `agentdispatch dispatcher stop`, and the next call starts one that fits. Its tasks go on.',
  });
