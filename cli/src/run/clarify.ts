// Missing input: asks the person for it and puts each answer where the question says, or shows what is missing.
import type { Clarification } from '@agent-dispatch/schemas';
import { oneLine } from '../output/terminal-text.js';
import type { Prompter } from './prompter.js';

export const isClarification = (outcome: { status: string }): outcome is Clarification =>
  outcome.status === 'needs_clarification';

/** A copy of the arguments, completed with the answers. */
export async function answerQuestions<Input extends object>(
  { questions }: Clarification,
  input: Input,
  prompter: Pick<Prompter, 'input' | 'select'>,
): Promise<Input> {
  const completed = structuredClone(input);
  for (const { pointer, question, choices } of questions) {
    const answer =
      choices === undefined
        ? await prompter.input(oneLine(question))
        : await prompter.select(
            oneLine(question),
            choices.map((choice) => ({ name: oneLine(choice), value: choice })),
          );
    place(completed, pointer, answer);
  }
  return completed;
}

/** The questions as text, each with the flag that answers it. */
export const renderQuestions = ({ questions }: Clarification): string =>
  [
    'Something is missing; nothing was started:',
    ...questions.map(({ pointer, question, choices }) => {
      const offered = choices === undefined ? '' : ` One of: ${choices.join(', ')}.`;
      return `  ${oneLine(`${flagFor(pointer)}: ${question}${offered}`)}`;
    }),
    'Repeat with what is missing, or answer in a terminal.',
  ].join('\n');

/** Where an argument of the operation stands on the command line. */
function flagFor(pointer: string): string {
  const [, detail] = /^\/target(?:_|\/)details\/([^/]+)$/.exec(pointer) ?? [];
  if (detail !== undefined) return `--set ${detail}=<value>`;
  const [, fact] = /^(?:\/input)?\/context\/([^/]+)$/.exec(pointer) ?? [];
  if (fact !== undefined) return `--context ${fact}=<value>`;
  const name = pointer.slice(pointer.lastIndexOf('/') + 1);
  return name === 'runtime' || name === 'protocol' ? `--${name}` : name;
}

/** Sets the value at a JSON pointer; objects on the way are made. */
function place(target: object, pointer: string, value: string): void {
  const names = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = names.pop();
  if (last === undefined || [...names, last].includes('__proto__')) return;
  let node = target as Record<string, unknown>;
  for (const name of names) {
    const next = node[name];
    node = (typeof next === 'object' && next !== null ? next : (node[name] = {})) as Record<string, unknown>;
  }
  node[last] = value;
}
