// Whether a value keeps a contract, told in one line.
import { validate, type ContractName } from '@agent-dispatch/schemas';

/** All that is wrong; undefined when nothing is. Never with a value in it: that may be a secret. */
export function problemsIn(contract: ContractName, value: unknown): string | undefined {
  const problems = validate(contract, value);
  if (problems.length === 0) return undefined;
  return problems.map(({ pointer, message }) => `${pointer || '/'}: ${message}`).join('; ');
}
