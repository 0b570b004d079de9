// What a task left behind as a URI, for front doors that give resources. It stands inside answers as text.

/** Not what is in a name that no URI can hold: half a character. */
const HALF = /\p{Surrogate}/gu;

export const artifactUri = (taskId: string, name: string): string =>
  `agentdispatch://tasks/${taskId}/artifacts/${encodeURIComponent(name.replace(HALF, '\uFFFD'))}`;
