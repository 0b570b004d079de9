// An error as the person at the terminal sees it: code and message, every problem with its place, and the next action.
import type { DispatchErrorJson } from '@agent-dispatch/schemas';
import { forPeople } from './for-people.js';
import { oneLine } from './terminal-text.js';

type Problem = NonNullable<DispatchErrorJson['problems']>[number];

export const renderFailure = ({
  code,
  message,
  hint,
  problems = [],
}: Pick<DispatchErrorJson, 'code' | 'message' | 'hint' | 'problems'>): string =>
  [`${code}: ${oneLine(message)}`, ...problems.map(renderProblem), `Next: ${oneLine(forPeople(hint))}`].join('\n');

/** `file:line`, so that an editor or a terminal can jump there. */
function renderProblem({ pointer, message, hint, file, line }: Problem): string {
  const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`} `;
  const about = pointer === '' ? '' : `${pointer} `;
  return `  ${oneLine(`${place}${about}${message}${hint === undefined ? '' : ` (${forPeople(hint)})`}`)}`;
}
