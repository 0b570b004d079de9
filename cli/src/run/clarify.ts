// Missing input: asks the person for it and puts each answer where the question says, or shows what is missing.
import type { Clarification } from '@agent-dispatch/schemas';
import { setAt } from '@agent-dispatch/schemas/json-pointer';
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
    setAt(completed, pointer, answer);
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
