// oclif lets an error out of a hook only when it carries an exit code in oclif's own place.
import type { DispatchError } from '@agent-dispatch/core/errors';
import { exitCodeOf } from '../exit-codes.js';

export const forOclif = (error: DispatchError): DispatchError =>
  Object.assign(error, { oclif: { exit: exitCodeOf(error) } });
