// The operations' collaborators as one caller has them.
import { DispatchError } from '../errors/index.js';
import type { CallerIdentity } from '../intake/index.js';
import { CallerStore, type Witness } from './caller-store.js';
import { withoutLocalFiles } from './local-only.js';
import type { Operations } from './operation.js';

/** As the configuration may name one. */
const SUBJECT = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,127}$/;

/** Errors: AD_INPUT_INVALID for a subject that cannot be one: nobody is taken for the local user by mistake. */
export function forCaller(operations: Operations, caller: CallerIdentity, witness?: Witness): Operations {
  const { subject } = caller;
  const store = new CallerStore(operations, caller, witness);
  if (subject === undefined) return { ...operations, store };
  if (typeof subject !== 'string' || !SUBJECT.test(subject))
    throw new DispatchError('AD_INPUT_INVALID', 'the caller has no usable subject');
  return { ...operations, store, inputs: withoutLocalFiles(operations.inputs) };
}
