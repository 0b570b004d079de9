// Flags and words of the command line -> the arguments of an operation. Reads the files that are named; judges nothing
// that the control plane judges.
import { readFile } from 'node:fs/promises';
import { text as readStream } from 'node:stream/consumers';
import type { DispatchTaskInput, SpawnCloudAgentInput } from '@agent-dispatch/schemas';
import { errorCode } from '../error-code.js';
import { inputsOf } from './input-flags.js';
import { invalid, jsonObject, jsonPairs, pairs, withoutAbsent } from './pairs.js';
import type { RequestFlags } from './request-flags.js';

/** What both kinds of request have in common. */
type Shared = Pick<
  SpawnCloudAgentInput,
  | 'context'
  | 'inputs'
  | 'artifacts'
  | 'framework'
  | 'model'
  | 'continue_from'
  | 'parent'
  | 'labels'
  | 'group'
  | 'output_schema'
  | 'idempotency_key'
  | 'timeout_seconds'
>;

/** A command to run; where is settled by command-target.ts. */
export interface CommandRequest {
  shared: Shared;
  command: string | string[];
  details: Record<string, unknown>;
  input: Pick<DispatchTaskInput['input'], 'shell' | 'environment' | 'working_directory'>;
}

/** Errors: AD_INPUT_INVALID. */
export async function readInstruction(flags: RequestFlags, words: readonly string[]): Promise<SpawnCloudAgentInput> {
  return withoutAbsent({
    instruction: await instructionOf(flags['instruction-file'], words),
    runtime: flags.runtime,
    protocol: flags.protocol,
    account_profile: flags.account,
    target_details: jsonPairs('set', flags.set),
    ...(await sharedOf(flags)),
  });
}

/** One word is a command line; several are program and arguments. Errors: AD_INPUT_INVALID. */
export async function readCommand(flags: RequestFlags, words: readonly string[]): Promise<CommandRequest> {
  const [line, ...more] = words;
  if (line === undefined)
    throw invalid('--command has nothing to run.', 'Write it after `--`: agentdispatch run --command -- npm test');
  return {
    shared: await sharedOf(flags),
    command: more.length === 0 ? line : [line, ...more],
    details: jsonPairs('set', flags.set) ?? {},
    input: withoutAbsent({
      shell: flags.shell ? true : undefined,
      environment: pairs('env', flags.env),
      working_directory: flags['working-directory'],
    }),
  };
}

async function instructionOf(file: string | undefined, words: readonly string[]): Promise<string | undefined> {
  if (words.length > 1)
    throw invalid(`The instruction is ${words.length} words instead of one text.`, 'Put the instruction in quotes.');
  if (file === undefined) return words[0];
  if (words.length > 0) throw invalid('The instruction is given twice.', 'Give either the text or --instruction-file.');
  return file === '-' ? await readStream(process.stdin) : await readTextFile('instruction-file', file);
}

async function sharedOf(flags: RequestFlags): Promise<Shared> {
  const facts = jsonObject('--context-json', flags['context-json']);
  const more = pairs('context', flags.context);
  const schema = flags['output-schema'];
  return withoutAbsent({
    context: facts === undefined && more === undefined ? undefined : { ...facts, ...more },
    inputs: inputsOf(flags),
    artifacts: flags.artifact,
    framework: flags.framework,
    model: flags.model,
    continue_from: flags['continue-from'],
    parent: flags.parent,
    labels: pairs('label', flags.label),
    group: flags.group,
    output_schema:
      schema === undefined ? undefined : jsonObject('--output-schema', await readTextFile('output-schema', schema)),
    idempotency_key: flags['idempotency-key'],
    timeout_seconds: flags.timeout,
  });
}

async function readTextFile(flag: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = errorCode(error) ?? String(error);
    throw invalid(`The file of --${flag}, ${file}, cannot be read (${why}).`, 'Check the path.');
  }
}
