// The answer of `agentdispatch mcp setup` for people: the entry, where it goes, what the client withholds, what is next.
import { oneLine } from '../output/terminal-text.js';
import type { Recipe } from './recipe.js';
import { RECIPES } from './recipes.js';
import type { SetUpAnswer } from './set-up-client.js';

export function renderSetUp(answer: SetUpAnswer): string {
  const recipe: Recipe = RECIPES[answer.client];
  const parts = [
    `${recipe.title}: ${oneLine(answer.file)}${answer.line === undefined ? '' : `, line ${answer.line}`}`,
    ...linkNote(answer),
    ...(answer.block === '' ? [] : ['', answer.block.trimEnd(), '']),
    ...(answer.kept.length > 0 && answer.block !== '' ? [`Stays as it is there: ${answer.kept.join(', ')}.`] : []),
    ...(answer.config === undefined
      ? ['No configuration was found: the server will search one where the client starts it. See `agentdispatch init`.']
      : []),
    ...environmentNotes(recipe, answer),
    `By the client's own command${answer.leavesOut === undefined ? '' : ` (leaves out ${answer.leavesOut})`}:`,
    `  ${answer.command}`,
    ...statusNote(recipe, answer),
  ];
  return parts.join('\n');
}

const linkNote = ({ link, status }: SetUpAnswer): string[] =>
  link === undefined || status === 'unchanged'
    ? []
    : [`${oneLine(link.at)} is a link to ${oneLine(link.to)}: --write needs --follow-link.`];

function environmentNotes({ title, passes, howToSet }: Recipe, { variables: { set, unset } }: SetUpAnswer): string[] {
  if (passes === 'everything') return [`${title} gives its servers its whole environment.`];
  return [
    `${title} gives its servers no variables but ${passes.join(', ')} and those that the entry names.`,
    ...(set.length === 0 ? [] : [`Named, since the configuration may need them: ${set.join(', ')}.`]),
    ...(unset.length === 0 ? [] : [`It may also need these, not set here: ${unset.join(', ')}. ${howToSet}`]),
  ];
}

function statusNote({ afterwards }: Recipe, { status, backup }: SetUpAnswer): string[] {
  if (status === 'unchanged') return ['Nothing to do: it is set up so already.'];
  if (status === 'would_change') return ['Nothing was written. Add --write to do it.'];
  const copy = backup === undefined ? '' : ` What was there before: ${oneLine(backup)}.`;
  return [`Written.${copy}`, `Next: ${afterwards}`];
}
