// A person's consent to one request, where a policy rule asks for it: what the person is shown, and the error with
// which the call comes back until its front door brings the consent. Asks nobody: front doors do.
import { digestOf } from '../config/canonical-json.js';
import { DispatchError } from '../errors/index.js';
import type { PolicyDecision } from '../policy/index.js';
import { askedFor } from './idempotency.js';
import type { CallerIdentity, ConsentNeeded, PreparedRequest } from './prepared.js';
import type { Decided } from './finish-request.js';

/** Characters of the instruction or command that a person is shown. */
const SHOWN = 1_000;
/** Characters of a file that is given as text. */
const SHOWN_OF_FILE = 200;
/** Names of files that a person is shown. */
const FILES = 20;

/** The digest is of all that was decided, so that consent to one request is none to another. */
export function consentNeeded(
  { pointer, reason }: PolicyDecision,
  request: PreparedRequest,
  { chosen, account, accountDigest, subject, key }: Decided & Pick<CallerIdentity, 'subject'> & { key?: string },
): ConsentNeeded {
  const { provider, driver } = chosen;
  const place = { provider, driver: driver.name, account, accountDigest };
  return {
    rule: pointer,
    reason,
    digest: digestOf({ asked: askedFor(request), place, rule: pointer, reason, subject, key }),
    question: [`A rule asks for your consent before this task starts: ${reason}`, ...shown(request, place)].join('\n'),
  };
}

/** @param id unguessable; names this question. Without it, as in a dry run, nothing can be consented to. */
export function confirmationError({ rule, reason, digest, question }: ConsentNeeded, id?: string): DispatchError {
  return new DispatchError('AD_POLICY_CONFIRMATION', `The policy wants a person to consent to this task: ${reason}`, {
    details: { rule, reason, ...(id !== undefined && { consent: { id, digest, question } }) },
  });
}

function shown(
  { taskType, runtime, target, input, continueFrom, framework, model, tools }: PreparedRequest,
  place: { provider: string; driver: string; account: string },
): string[] {
  const { instruction, command, inputs = [], context, shell, environment, workingDirectory } = input;
  const work = taskType === 'command.run' ? command : instruction;
  const details = Object.keys(target.details ?? {});
  return [
    `Where: ${place.provider}/${place.driver}, account profile ${quoted(place.account)}, target mode ${target.mode}` +
      (runtime === undefined ? '' : `, runtime ${quoted(runtime)}`),
    ...(details.length > 0 ? [`Target details: ${quoted(target.details)}`] : []),
    ...(work === undefined ? [] : [`${taskType === 'command.run' ? 'Command' : 'Instruction'}: ${quoted(work)}`]),
    ...(shell === true ? ['Run by a shell'] : []),
    ...named('Working directory', workingDirectory),
    ...named('Variables', environment),
    ...named('Framework', framework),
    ...named('Model', model),
    ...named('Tools', tools),
    ...named('Context', context),
    ...(inputs.length === 0 ? [] : [`Files: ${filesOf(inputs)}`]),
    ...(continueFrom === undefined ? [] : [`Goes on in the session of task ${quoted(continueFrom)}`]),
  ];
}

const named = (name: string, value: unknown): string[] => (value === undefined ? [] : [`${name}: ${quoted(value)}`]);

function filesOf(inputs: NonNullable<PreparedRequest['input']['inputs']>): string {
  const names = inputs.slice(0, FILES).map((input) => quoted(whereFrom(input)));
  return [...names, ...(inputs.length > FILES ? [`and ${String(inputs.length - FILES)} more`] : [])].join(', ');
}

function whereFrom(input: NonNullable<PreparedRequest['input']['inputs']>[number]): string {
  const { path, file, directory, uri, git } = input;
  const source = file ?? directory ?? uri ?? git?.repository;
  if (source !== undefined) return `${source} as ${path}`;
  return input.text === undefined ? path : `${path} with the text ${input.text.slice(0, SHOWN_OF_FILE)}`;
}

/** What an agent wrote, as JSON, so that it can neither pose as a line of ours nor hide its direction or end. */
function quoted(value: unknown): string {
  const text = JSON.stringify(value);
  const more = text.length > SHOWN ? ` ... and ${String(text.length - SHOWN)} characters more` : '';
  return text.slice(0, SHOWN).replaceAll(UNSEEN, escaped) + more;
}

const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const escaped = (character: string): string =>
  [...Array(character.length).keys()]
    .map((index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`)
    .join('');
