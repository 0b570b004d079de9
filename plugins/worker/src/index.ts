// The worker as a library: what its protocol faces see, and the worker itself for programs that host it.
export type { CreateFace, Face } from './faces/face.js';
export { builtIns, type BuiltIn } from './agents/built-ins.js';
export { RunRefused, type InputPiece, type Run, type RunEvent, type Runs } from './runs/run.js';
