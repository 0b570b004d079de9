// What a driver tells while a verb runs: plain JSON, one object at a time.
import type { Handle, Handoff, InputRequest } from '@agent-dispatch/schemas';

/** An error as JSON: what crosses the plugin boundary and what is stored. */
export interface DriverError {
  /** One of core/docs/errors.md; an unknown one becomes AD_PROVIDER_INTERNAL. */
  code: string;
  message: string;
  hint?: string;
  retryable?: boolean;
  details?: Record<string, unknown>;
}

/** Where the bytes of a value are. `file` is an absolute path readable by the host until cleanup. */
export type ArtifactContent = { file: string } | { text: string } | { base64: string };

/** A file that the work left behind, with its bytes. */
export interface DriverArtifact {
  /** Relative path with forward slashes; at most 1024 characters. A later artifact of the same name replaces it. */
  name: string;
  mediaType?: string;
  content: ArtifactContent;
}

/**
 * The value the work ended with. `json` for structured values, `text` for prose, `file` for anything large: an absolute path
 * readable by the host until cleanup, or, if `passing`, until the stream goes on: the host then stores it before the end.
 */
export type DriverResult =
  { json: unknown } | { text: string } | { file: string; mediaType?: string; passing?: boolean };

/** The work is over. Exactly one per attempt, and nothing after it. */
export interface EndedEvent {
  type: 'ended';
  outcome: 'succeeded' | 'failed' | 'cancelled';
  exitCode?: number;
  result?: DriverResult;
  /** Why, for `failed`. Default AD_TASK_FAILED. */
  error?: DriverError;
}

/**
 * First event of `resume`; `start` may yield `attached` too, as soon as it is known that the work runs.
 * attached: the work runs and is followed. ended: it is over (the same event as in `start`).
 * not_started: it never began and no request of ours is still under way, with the proof in words.
 * unknown: nobody can tell.
 */
export type ResumeAnswer =
  { type: 'attached' } | EndedEvent | { type: 'not_started'; proof: string } | { type: 'unknown'; reason: string };

/**
 * One event of provision, start or resume. `cursor` is the place after this event from which `resume` goes on;
 * the host stores it together with the event.
 *
 * handle: names learned during the call; stored and synced before the next event is taken. Replaces the former handle.
 * log: output as it comes; `text` holds whole characters, at most 64 KiB. `at` is epoch milliseconds, default now.
 * progress: `fraction` is from 0 to 1; the message is cut at 2000 characters.
 * message: what the agent says to whoever gave it the task; `raw` is the protocol's own event. The host writes it to the log
 * too, as a line of the stream `agent`.
 * input_required: a question of the work; at most 16 KiB of JSON. Asked again under the same id, it replaces the former.
 * input_received: the question is answered or withdrawn. Needed only where the host cannot know it: a message that was
 * delivered with the question's id has answered it.
 * gap: output between two cursors was lost.
 * unknown: from start too, when a request's effect cannot be told (connection lost after sending).
 *
 * Bounds: `provision` yields no event about work that runs (the ResumeAnswers, input_required and input_received). Handle, questions and
 * artifact names of one task together fit in 192 KiB.
 * Secrets, and what looks like one, are replaced in output, messages, questions and results before they are stored.
 * Handles, artifacts, handoffs and results given as `file` are stored as they are: a driver puts no secret there.
 * Errors: a malformed or misplaced event stops the work; the task fails with AD_PLUGIN_CONTRACT.
 */
export type DriverEvent = { cursor?: string } & (
  | { type: 'handle'; handle: Handle }
  | { type: 'log'; stream: 'stdout' | 'stderr' | 'agent' | 'system'; text: string; at?: number }
  | { type: 'progress'; message?: string; fraction?: number }
  | { type: 'message'; text: string; raw?: unknown }
  | { type: 'input_required'; request: InputRequest }
  | { type: 'input_received'; requestId: string }
  | { type: 'artifact'; artifact: DriverArtifact }
  | { type: 'handoff'; handoff: Handoff }
  | { type: 'gap'; from?: string; to?: string }
  | ResumeAnswer
);
