// Rules for single members that the SDK's schemas do not carry, from the service's documentation.
// One table by member name, applied to every operation that has the member.
import type { MemberModel } from '../wire/service-model.js';
import type { Input } from '../wire/bind-input.js';
import { type FieldIssue, invalidFields } from '../wire/service-error.js';
import { NAME_PATTERN, RUNTIME_ID_PATTERN } from '../state/runtimes.js';

type Rule = (value: string) => string | undefined;

const RULES: Readonly<Record<string, Rule>> = {
  runtimeSessionId: length(33, 256),
  clientToken: allOf(length(33, 256), pattern(/^[a-zA-Z0-9](-*[a-zA-Z0-9])*$/)),
  qualifier: pattern(NAME_PATTERN),
  endpointName: pattern(NAME_PATTERN),
  agentRuntimeId: pattern(RUNTIME_ID_PATTERN),
  agentRuntimeVersion: pattern(/^[1-9][0-9]{0,4}$/),
  accountId: pattern(/^\d{12}$/),
  maxResults: range(1, 100),
};

/** @throws ServiceError ValidationException naming every member that breaks its rule. */
export function checkConstraints(members: readonly MemberModel[], input: Input): void {
  const issues = members.flatMap(({ name }): FieldIssue[] => {
    const value = input[name];
    const message = typeof value === 'string' && Object.hasOwn(RULES, name) ? RULES[name]?.(value) : undefined;
    return message === undefined ? [] : [{ name, message }];
  });
  if (issues.length > 0) throw invalidFields(issues);
}

function length(least: number, most: number): Rule {
  return (value) => {
    if (value.length < least) return `Member must have length greater than or equal to ${least}`;
    return value.length > most ? `Member must have length less than or equal to ${most}` : undefined;
  };
}

function pattern(expression: RegExp): Rule {
  return (value) =>
    expression.test(value) ? undefined : `Member must satisfy regular expression pattern: ${expression.source}`;
}

function range(least: number, most: number): Rule {
  return (value) =>
    Number(value) >= least && Number(value) <= most ? undefined : `Member must be between ${least} and ${most}`;
}

function allOf(...rules: readonly Rule[]): Rule {
  return (value) => rules.map((rule) => rule(value)).find((message) => message !== undefined);
}
