// One protocol of the worker's server: which requests are its own, and how it answers them from the runs.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Runs } from '../runs/run.js';

export interface Face {
  /** Whether the request is this face's, by its method and path. */
  accepts(request: IncomingMessage): boolean;
  /** Answers whatever happens; what it throws becomes a 500 without details. */
  serve(request: IncomingMessage, response: ServerResponse): Promise<void>;
}

export type CreateFace = (runs: Runs) => Face;
