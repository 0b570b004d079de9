// What the reducer is told (inputs) and what it asks for (effects). Plain data on both sides.
import type {
  Artifact,
  CleanupProof,
  DispatchErrorJson,
  Handle,
  Handoff,
  InputRequest,
  TaskRecord,
} from '@agent-dispatch/schemas';
import type { CancelLevel, Receipt } from '../provider/index.js';
import type { PostedCommand } from '../store/index.js';

export type StoredValue = TaskRecord['input'];

/** A driver's `ended`, its result already stored or still to be collected from a file. */
export interface WorkEnd {
  status: 'succeeded' | 'failed' | 'cancelled';
  exitCode?: number;
  result?: StoredValue;
  uncollected?: { file: string; mediaType?: string };
  error?: DispatchErrorJson;
}

/** A driver's cursor, with how much of the task's log belongs to the events before it. */
export interface Place {
  cursor: string;
  /** Bytes. */
  logOffset: number;
}

/** One fact for `advance`. */
export type Input =
  /**
   * A fresh owner took the task; what was under way in another process is not any more. `sending`: id of the message that the
   * task was taken up with in that state; commands that came since may have made the owner itself send one.
   */
  | { type: 'recovered'; sending?: string }
  | { type: 'planned'; handle: Handle; handoff?: Handoff }
  | { type: 'refused'; error: DispatchErrorJson }
  | { type: 'waiting'; slot: string }
  | { type: 'handle'; handle: Handle; place?: Place }
  | { type: 'provisioned' }
  /** First or renewed sign of the work. */
  | { type: 'contact'; place?: Place }
  | { type: 'progress'; message?: string; fraction?: number; place?: Place }
  | { type: 'message'; text: string; raw?: unknown; place?: Place }
  | { type: 'asked'; request: InputRequest; place?: Place }
  /** A question is answered or withdrawn. */
  | { type: 'answered'; requestId: string; place?: Place }
  | { type: 'artifact'; artifact: Artifact; place?: Place }
  | { type: 'handoff'; handoff: Handoff; place?: Place }
  | { type: 'gap'; from?: string; to?: string; place?: Place }
  | { type: 'ended'; end: WorkEnd; place?: Place }
  /** resume found that the work never began. */
  | { type: 'not-started'; proof: string }
  /**
   * The connection to the work broke, or a start's effect cannot be told. `error`: a failure that is the attempt's own
   * should it turn out that the work never began. `followedMs`: for how long the connection held.
   */
  | { type: 'interrupted'; reason: string; error?: DispatchErrorJson; followedMs?: number }
  /** resume answered that nobody can tell what became of the work. */
  | { type: 'vanished'; reason: string }
  /** A verb failed for certain: the work did not begin, or is over. */
  | { type: 'failed'; verb: 'provision' | 'start' | 'resume'; error: DispatchErrorJson }
  /** The task cannot go on as it should: what it may have begun is stopped. */
  | { type: 'broken'; error: DispatchErrorJson }
  | { type: 'collected'; result?: StoredValue; error?: DispatchErrorJson }
  /** What became of the message that was being sent. */
  | { type: 'sent'; messageId: string; receipt: Receipt }
  | { type: 'command'; command: PostedCommand }
  | { type: 'cancelled'; level: CancelLevel }
  | { type: 'cancel-failed'; error: DispatchErrorJson }
  | { type: 'cleaned'; proofs: readonly CleanupProof[] }
  /** `proofs`: of what was released nonetheless. */
  | { type: 'cleanup-failed'; error: DispatchErrorJson; proofs?: readonly CleanupProof[] }
  /** Other tasks still use the shared resource of this slot. */
  | { type: 'still-shared'; slot: string }
  /** A due time has come; `advance` looks which. */
  | { type: 'tick'; lastContactAt?: number };

/**
 * What the runner does after the record is stored.
 * plan: choose the attempt's handle. provision, start, resume: begin that verb. stop: abort the verb under way, wait
 * until it has settled, then call cancel. collect: store the result that still lies with the driver.
 * send: give the work the message that is being sent. cleanup: release what nobody needs.
 */
export type Effect = 'plan' | 'provision' | 'start' | 'resume' | 'stop' | 'collect' | 'send' | 'cleanup';
