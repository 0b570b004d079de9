// The fault-injecting provider and its cloud, for tests of every package.
import { fileURLToPath } from 'node:url';

export type { Fault, Operation } from './cloud/faults.js';
export type { RequestRecord } from './cloud/front.js';
export type { Owner } from './cloud/job.js';
export type { Execution } from './cloud/jobs.js';
export { startFaultyCloud, type AliveThing, type FaultyCloud } from './cloud/start.js';

/** Absolute path of the provider package, for `plugins` of a configuration. */
export const FAULTY_PROVIDER = fileURLToPath(new URL('.', import.meta.url)).replace(/[\\/]$/, '');
