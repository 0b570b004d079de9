// One call in one form, whichever tool it came through: the table below says where each argument stands in the request,
// for reading it and for pointing back at it. Nothing else in core knows the tools' spelling of arguments.
import type { DispatchRequest, InputSource, Target } from '@agent-dispatch/schemas';
import { isRecord } from '../config/record.js';
import type { Json, JsonObject } from './json.js';

export type ToolName = 'spawn_cloud_agent' | 'dispatch_task';

/** Path of a place in the request -> path of the argument that fills it. */
type Spelling = readonly (readonly [requestPath: string, argumentPath: string])[];

const ENVELOPE: Spelling = [
  ['account', 'account_profile'],
  ['framework', 'framework'],
  ['model', 'model'],
  ['tools', 'tools'],
  ['continueFrom', 'continue_from'],
  ['parent', 'parent'],
  ['labels', 'labels'],
  ['group', 'group'],
  ['limits/timeoutSeconds', 'timeout_seconds'],
];

const SPELLINGS: Record<ToolName, Spelling> = {
  spawn_cloud_agent: [
    ...ENVELOPE,
    ['runtime', 'runtime'],
    ['target/protocol', 'protocol'],
    ['target/details', 'target_details'],
    ['input/instruction', 'instruction'],
    ['input/context', 'context'],
    ['input/inputs', 'inputs'],
    ['input/artifacts', 'artifacts'],
    ['input/outputSchema', 'output_schema'],
  ],
  dispatch_task: [
    ...ENVELOPE,
    ['provider', 'provider'],
    ['driver', 'driver'],
    ['capability', 'capability'],
    ['taskType', 'task_type'],
    ['target/mode', 'target/mode'],
    ['target/protocol', 'target/protocol'],
    ['target/details', 'target/details'],
    ['input/instruction', 'input/instruction'],
    ['input/command', 'input/command'],
    ['input/shell', 'input/shell'],
    ['input/environment', 'input/environment'],
    ['input/workingDirectory', 'input/working_directory'],
    ['input/context', 'input/context'],
    ['input/inputs', 'input/inputs'],
    ['input/artifacts', 'input/artifacts'],
    ['input/outputSchema', 'input/output_schema'],
  ],
};

/** The request's `input` as it was asked for: its files are still where the caller has them. */
export type WantedInput = Omit<DispatchRequest['input'], 'inputs'> & { inputs?: InputSource[] };

/** What the caller gave, in the request's words. Types hold once check-arguments.ts has passed. */
export type Wanted = Omit<Partial<DispatchRequest>, 'target' | 'limits' | 'retry' | 'secrets' | 'client' | 'input'> & {
  target?: Partial<Target>;
  limits?: { timeoutSeconds?: number };
  input: WantedInput;
};

export class Call {
  readonly wanted: Wanted;
  readonly #spelling: Spelling;

  /** @param given the arguments as read, before they are checked. */
  constructor(
    readonly tool: ToolName,
    readonly given: Json,
  ) {
    this.#spelling = SPELLINGS[tool];
    this.wanted = translate(given, this.#spelling);
    if (isBlank(this.wanted.input.instruction)) delete this.wanted.input.instruction;
  }

  /** Where the argument for a place in the request stands; `/runtime` for what only a runtime profile can say. */
  pointerTo(requestPointer: string): string {
    const path = requestPointer.slice(1);
    const entry = this.#spelling.find(([from]) => path === from || path.startsWith(`${from}/`));
    return entry === undefined ? '/runtime' : `/${entry[1]}${path.slice(entry[0].length)}`;
  }

  /** The argument to which a value of the request goes back: `/runtime` when the profile gave it. */
  originOf(requestPointer: string): string {
    const pointer = this.pointerTo(requestPointer);
    return this.tool === 'dispatch_task' || at(this.given, pointer.slice(1)) !== undefined ? pointer : '/runtime';
  }
}

/** Where a tool has its instruction, as a path of names. */
export const instructionPath = (tool: ToolName): string[] =>
  SPELLINGS[tool].find(([path]) => path === 'input/instruction')?.[1].split('/') ?? [];

/** A blank instruction counts as missing: it is asked for, not refused. */
const isBlank = (text: unknown): boolean => typeof text === 'string' && text.trim() === '';

function translate(given: Json, spelling: Spelling): Wanted {
  const wanted: JsonObject = { input: {} };
  for (const [requestPath, argumentPath] of spelling) {
    const value = at(given, argumentPath);
    if (value !== undefined) put(wanted, requestPath.split('/'), value);
  }
  return wanted as Wanted;
}

/** `path` as in a JSON pointer, without the first slash. */
function at(root: unknown, path: string): unknown {
  return path.split('/').reduce<unknown>((node, token) => {
    const name = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(node)) return node[Number(name)] as unknown;
    return isRecord(node) && Object.hasOwn(node, name) ? node[name] : undefined;
  }, root);
}

/** Paths come from the tables alone, so no name can be an inherited one. */
function put(root: JsonObject, path: readonly string[], value: unknown): void {
  const [name = '', ...rest] = path;
  if (rest.length === 0) root[name] = value;
  else put((root[name] ??= {}) as JsonObject, rest, value);
}
