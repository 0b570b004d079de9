// A problem together with its place in the file, so that an editor can jump to it.
import type { Problem } from '@agent-dispatch/schemas';
import type { LoadedConfig } from './loaded-config.js';

export type LocatedProblem = Problem & { file?: string; line?: number };

export const locateProblems = (problems: readonly Problem[], places: Pick<LoadedConfig, 'locate'>): LocatedProblem[] =>
  problems.map((problem) => ({ ...problem, ...places.locate(problem.pointer) }));
