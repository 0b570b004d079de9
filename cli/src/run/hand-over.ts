// The call that starts a task, repeated with the person's answers for as long as something is missing.
import type { CallOptions, ControlPlane, DispatchOutcome, Explanation, LoadedConfig } from '@agent-dispatch/core';
import type { Clarification } from '@agent-dispatch/schemas';
import { caller } from '../front-door.js';
import { answerQuestions, isClarification } from './clarify.js';
import { commandOnRuntime } from './command-target.js';
import { askForConsent } from './consent.js';
import type { Prompter } from './prompter.js';
import { readCommand, readInstruction } from './read-request.js';
import type { RequestFlags } from './request-flags.js';

export interface HandOver {
  controlPlane: ControlPlane;
  flags: RequestFlags;
  /** What stands on the command line beside flags. */
  words: readonly string[];
  readConfig: () => Promise<LoadedConfig>;
}

/** @param prompter absent where nobody can be asked: the clarification is the answer then, and consent is not given. */
export async function handOver(request: HandOver, prompter?: Prompter): Promise<DispatchOutcome> {
  const { controlPlane, flags, words } = request;
  if (!flags.command)
    return await complete(await readInstruction(flags, words), prompter, (input, consent) =>
      controlPlane.spawn(input, { caller: caller(), ...consent }),
    );
  // Without `explain` the answer is a task or a clarification.
  return await complete(
    await commandInput(request),
    prompter,
    (input, consent) => controlPlane.dispatch(input, { caller: caller(), ...consent }) as Promise<DispatchOutcome>,
  );
}

/** What would be decided; starts nothing. */
export async function explain(request: HandOver): Promise<Explanation | Clarification> {
  const { controlPlane, flags, words } = request;
  if (!flags.command) return await controlPlane.explain(await readInstruction(flags, words), { caller: caller() });
  const input = { ...(await commandInput(request)), explain: true };
  return (await controlPlane.dispatch(input, { caller: caller() })) as Explanation | Clarification;
}

async function commandInput({
  controlPlane,
  flags,
  words,
  readConfig,
}: HandOver): Promise<Parameters<ControlPlane['dispatch']>[0]> {
  const request = await readCommand(flags, words);
  return await commandOnRuntime(controlPlane, await readConfig(), { request, flags });
}

async function complete<Input extends object>(
  input: Input,
  prompter: Prompter | undefined,
  call: (input: Input, consent?: Pick<CallOptions, 'consent'>) => Promise<DispatchOutcome>,
): Promise<DispatchOutcome> {
  for (let given = input; ;) {
    const outcome = await call(given).catch(async (error: unknown) => {
      const consent = await askForConsent(error, prompter);
      return await call(given, { consent });
    });
    if (!isClarification(outcome) || prompter === undefined) return outcome;
    given = await answerQuestions(outcome, given, prompter);
  }
}
