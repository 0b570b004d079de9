// The worker as a library: what its protocol faces see, and what whoever runs it on the same machine has in common with it.
export type { CreateFace, Face } from './faces/face.js';
export { findArtifacts, type FoundFiles } from './files/find-artifacts.js';
export { exists, inside, staysInside } from './files/inside.js';
export { bootIdFile } from './runs/data-directory.js';
export { endLeftovers } from './runs/end-leftovers.js';
export { howToInstall } from './agents/known-programs.js';
export { builtIns, type BuiltIn } from './agents/built-ins.js';
export { RunRefused, type InputPiece, type Run, type RunEvent, type Runs } from './runs/run.js';
