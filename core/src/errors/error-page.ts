// Renders the error page of the documentation from the registry. core/docs/errors.md is this text; a test keeps it so.
import { ERRORS, type ErrorDefinition } from './registry.js';

const HEAD = `# Errors

Every failure has a code that stays the same within a major version, a message for this one case, and a hint: the next
action. \`fault\` says who can mend it. A retryable error may go away by itself; repeating the call has no double effect.

| code | when | fault | retryable | exit code | what to do |
|---|---|---|---|---|---|
`;

const row = ([code, { summary, fault, retryable, exit, hint }]: [string, ErrorDefinition]): string =>
  `| \`${code}\` | ${summary} | ${fault} | ${retryable ? 'yes' : 'no'} | ${exit} | ${hint} |`.replaceAll('<', '\\<');

export const errorPage = (): string => `${HEAD}${Object.entries<ErrorDefinition>(ERRORS).map(row).join('\n')}\n`;
