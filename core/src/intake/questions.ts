// What a request still lacks, as questions a person or an agent can answer. Each says where its answer goes.
import { escapePointer, type Clarification } from '@agent-dispatch/schemas';
import type { MissingSetting } from '../plugins/settings.js';
import type { RouteDecision } from '../routing/index.js';
import type { Call } from './call.js';
import type { Draft } from './draft.js';
import { lookUp, type JsonObject } from './json.js';
import type { Question } from './prepared.js';
import { withoutCredentials } from './screen-credentials.js';

/** The work itself: an instruction or a command. */
export function askForWork(call: Call, taskType: Draft['taskType'] = 'agent.run'): Question[] {
  const { instruction, command } = call.wanted.input;
  if (taskType === 'agent.run' && instruction === undefined)
    return [
      {
        id: 'instruction',
        pointer: call.pointerTo('/input/instruction'),
        question: 'What should the agent do? Give the whole task: it knows nothing else.',
      },
    ];
  if (taskType === 'command.run' && command === undefined)
    return [
      {
        id: 'command',
        pointer: call.pointerTo('/input/command'),
        question: 'Which command should run? Give one line, or a list of program and arguments.',
      },
    ];
  return [];
}

/** Facts that the runtime profile wants in `context`. */
export function askForContext(call: Call, draft: Draft, required: readonly string[] = []): Question[] {
  return required
    .filter((name) => lookUp(draft.input.context, name) === undefined)
    .map((name) => ({
      id: name,
      pointer: call.pointerTo(`/input/context/${escapePointer(name)}`),
      question: `What is "${name}"? The runtime "${draft.runtime ?? ''}" needs it in context.`,
    }));
}

/** The protocol, where neither caller nor profile names it and the offers leave a choice. */
export function askForProtocol(call: Call, draft: Draft, { matches }: RouteDecision): Question[] {
  const choices = [...new Set(matches.flatMap(({ protocols }) => protocols))];
  if (draft.target.protocol !== undefined || choices.length < 2) return [];
  const question = 'Which protocol does the agent speak?';
  return [{ id: 'protocol', pointer: call.pointerTo('/target/protocol'), question, choices }];
}

/** Required target details that are not there. */
export const askForDetails = (call: Call, missing: readonly MissingSetting[]): Question[] =>
  missing.map(({ name, pointer, question, choices }) => ({
    id: name,
    pointer: call.pointerTo(pointer),
    question,
    ...(choices && { choices }),
  }));

/** The questions, with the caller's own arguments ready to be completed; a credential in them is never echoed. */
export const clarification = (call: Call, questions: Question[]): Clarification => ({
  status: 'needs_clarification',
  questions,
  retry_tool: call.tool,
  retry_arguments: withoutCredentials(call.given) as JsonObject,
});
