// The contract between the front of the fake and one operation: a checked call in, members of the answer out.
import type { IncomingHttpHeaders } from 'node:http';
import type { Agent } from '../agents/agent.js';
import type { Clock } from '../clock.js';
import type { RequestLog, RequestRecord } from '../request-log.js';
import type { ReplayTable } from '../state/replays.js';
import type { Lifecycles } from '../state/lifecycles.js';
import type { AuthorizationMethod, Home, RuntimeRecord, RuntimeTable } from '../state/runtimes.js';
import type { SessionTable } from '../state/sessions.js';
import type { Input } from '../wire/bind-input.js';
import type { Output } from '../wire/encode-output.js';

/** Everything that exists in the fake's accounts. */
export interface World {
  readonly runtimes: RuntimeTable;
  readonly sessions: SessionTable;
  readonly replays: ReplayTable;
  readonly log: RequestLog;
  readonly lifecycles: Lifecycles;
  readonly clock: Clock;
  /** The agent that runs in this runtime. @throws TypeError when the options name none. */
  agentFor(runtime: RuntimeRecord): Agent;
  hasImage(containerUri: string): boolean;
  /** Live sessions allowed in one account and region. */
  readonly maxActiveSessions: number;
  /** Runtimes allowed in one account and region. */
  readonly maxRuntimes: number;
}

export interface Call {
  readonly input: Input;
  /** All of the request, whatever the schema knows of them. */
  readonly headers: IncomingHttpHeaders;
  /** Account of the caller and region of the endpoint. */
  readonly home: Home;
  readonly authorization: AuthorizationMethod;
  readonly record: RequestRecord;
}

/** @throws ServiceError for every answer that is not a success. */
export type Operation = (call: Call, world: World) => Output | Promise<Output>;
