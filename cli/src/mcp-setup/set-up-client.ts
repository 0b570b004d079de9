// agentdispatch mcp setup, from the client's name to the changed file. Looks at everything before it writes anything.
import { homedir } from 'node:os';
import type { KnownProvider, LoadedConfig } from '@agent-dispatch/core';
import { DispatchError } from '@agent-dispatch/core/errors';
import { readClientFile, replaceClientFile, type ClientFile } from './client-file.js';
import { planChange } from './plan-change.js';
import type { Entry, Place, Recipe, Scope, Surroundings, Variables } from './recipe.js';
import { RECIPES, type ClientName } from './recipes.js';
import { servedProgram } from './served-program.js';
import { shellText } from './shell-text.js';
import { withheldVariables } from './withheld-variables.js';

export interface SetUpOptions {
  client: ClientName;
  scope: Scope;
  name: string;
  write: boolean;
  followLink: boolean;
  config: LoadedConfig;
  providers: readonly KnownProvider[];
}

export interface SetUpAnswer {
  client: ClientName;
  scope: Scope;
  name: string;
  file: string;
  status: 'would_change' | 'written' | 'unchanged';
  /** What is new or different in the entry. Values that were there before are not shown. */
  entry: Entry;
  /** The same as it reads in the file, and the line where it begins. */
  block: string;
  line?: number;
  /** Set there before, and left so. */
  kept: string[];
  link?: ClientFile['link'];
  backup?: string;
  /** The client's own command to the same end. */
  command: string;
  leavesOut?: string;
  variables: Variables;
  /** The configuration of AgentDispatch that is served. */
  config?: string;
}

/** Errors: AD_INPUT_INVALID, AD_CONFIG_*. */
export async function setUpClient(options: SetUpOptions): Promise<SetUpAnswer> {
  const { client, scope, name, write, config, providers } = options;
  const recipe: Recipe = RECIPES[client];
  const place = placeOf(recipe, scope, surroundings());
  const variables = withheldVariables({ config, providers, env: process.env, passes: recipe.passes });
  const served = servedProgram(runningProgram(), config.file);
  const fresh = recipe.entry(served, variables);
  const { command, leavesOut } = recipe.byHand({ name, scope, served, entry: fresh });
  const before = await readClientFile(place);
  const { file, text: old, link } = before;
  const instead = shellText(command);
  const change = await planChange({ recipe, name, entry: fresh, file, text: old, instead });
  const { added: entry, block, line, kept, text } = change;
  const answer = {
    ...{ client, scope, name, file, entry, block, kept, command: instead, variables },
    ...(line !== undefined && { line }),
    ...(link && { link }),
    ...(leavesOut !== undefined && { leavesOut }),
    ...(config.file !== undefined && { config: config.file }),
  };
  if (text === undefined) return { ...answer, status: 'unchanged' };
  if (!write) return { ...answer, status: 'would_change' };
  const newMode = scope === 'project' ? 0o644 : 0o600;
  const { followLink } = options;
  const written = await replaceClientFile({ place, before, text, newMode, followLink, now: new Date() });
  return { ...answer, ...written, status: 'written' };
}

const surroundings = (): Surroundings => ({ env: process.env, home: homedir(), cwd: process.cwd() });

const runningProgram = () => ({
  script: process.argv[1] ?? '',
  execPath: process.execPath,
  env: process.env,
  platform: process.platform,
});

/** Errors: AD_INPUT_INVALID when the client has no such scope. */
function placeOf({ title, places }: Recipe, scope: Scope, around: Surroundings): Place {
  const place = places[scope];
  if (place !== undefined) return place(around);
  throw new DispatchError('AD_INPUT_INVALID', `${title} has no configuration of a ${scope}.`, {
    hint: `Use --scope ${Object.keys(places).join(' or ')}.`,
  });
}
