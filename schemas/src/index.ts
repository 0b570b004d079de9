// Every contract of AgentDispatch: types, validation with precompiled validators, and the tool documents.
// Knows no other package. Import `./tools` alone where only the tool list is needed.
import { document, type ContractName } from './generated/document.js';
import * as compiled from './generated/validators.js';
import { problemsFrom, type Problem, type ValidationError } from './problems.js';

export type * from './generated/types.js';
export type { ContractName } from './generated/document.js';
export type { JsonSchema, ToolDocument } from './json-schema.js';
export { escapePointer, setAt } from './json-pointer.js';
export { nearest, problemsFrom, type Problem, type ValidationError } from './problems.js';

type Validator = ((value: unknown) => boolean) & { errors?: readonly ValidationError[] | null };

/** All that is wrong with `value` as the named contract; empty when it is valid. Never throws, fills in no defaults. */
export function validate(contract: ContractName, value: unknown): Problem[] {
  const validator = (compiled as unknown as Record<ContractName, Validator>)[contract];
  if (validator(value)) return [];
  return problemsFrom(validator.errors ?? [], { ...document.$defs[contract], ...document });
}
