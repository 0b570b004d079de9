// What a resource URI names. Pure: whether it is there is not known here.

export type Place =
  | { kind: 'task' | 'result' | 'logs'; taskId: string }
  | { kind: 'artifact'; taskId: string; name: string }
  | { kind: 'runtimes' }
  | { kind: 'runtime'; name: string };

export const RUNTIMES = 'agentdispatch://runtimes';

const TASK = /^agentdispatch:\/\/tasks\/([^/?#]+)(?:\/(result|logs)|\/artifacts\/([^?#]+))?$/;
const RUNTIME = /^agentdispatch:\/\/runtimes\/([^/?#]+)$/;

/** undefined: none of ours. Slashes in an artifact's name may be escaped or not. */
export function placeOf(uri: string): Place | undefined {
  if (uri === RUNTIMES) return { kind: 'runtimes' };
  try {
    const [, runtime] = RUNTIME.exec(uri) ?? [];
    if (runtime !== undefined) return { kind: 'runtime', name: decodeURIComponent(runtime) };
    const [, taskId, part, artifact] = TASK.exec(uri) ?? [];
    if (taskId === undefined) return undefined;
    if (artifact !== undefined) return { kind: 'artifact', taskId, name: decodeURIComponent(artifact) };
    return { kind: part === 'result' || part === 'logs' ? part : 'task', taskId };
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
