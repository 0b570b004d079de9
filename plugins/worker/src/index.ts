// The worker as a library: what its protocol faces see.
export type { CreateFace, Face } from './faces/face.js';
export type { InputPiece, Run, RunEvent, Runs } from './runs/run.js';
