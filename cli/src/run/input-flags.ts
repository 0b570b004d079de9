// The flags that name input files -> `inputs` of an operation: places, and absolute paths of this machine.
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { SpawnCloudAgentInput } from '@agent-dispatch/schemas';
import type { RequestFlags } from './request-flags.js';

type Inputs = NonNullable<SpawnCloudAgentInput['inputs']>;

/** undefined when no flag was given. */
export function inputsOf(flags: Partial<Pick<RequestFlags, 'input' | 'input-dir' | 'input-git'>>): Inputs | undefined {
  const inputs = [
    ...(flags.input ?? []).map((text) => local(text, (file) => ({ file }))),
    ...(flags['input-dir'] ?? []).map((text) => local(text, (directory) => ({ directory }))),
    ...(flags['input-git'] ?? []).map(commit),
  ];
  return inputs.length === 0 ? undefined : inputs;
}

function local<Source>(text: string, source: (place: string) => Source): { path: string } & Source {
  const at = separatorIn(text);
  const [place, rest] = at === undefined ? [ownPlace(text), text] : [text.slice(0, at), text.slice(at + 1)];
  return { path: place, ...source(path.resolve(rest)) };
}

/** `path=file`, or `path:file`. A name that is there as it stands is no pair, whatever signs are in it. */
function separatorIn(text: string): number | undefined {
  const at = text.search(/[=:]/);
  return at < 1 || path.win32.isAbsolute(text) || existsSync(text) ? undefined : at;
}

/** Where it lies here; by its own name alone when that is not below the current directory. */
function ownPlace(text: string): string {
  const isElsewhere = path.isAbsolute(text) || path.normalize(text).split(path.sep)[0] === '..';
  return isElsewhere ? path.basename(path.resolve(text)) : text.split(path.sep).join('/');
}

function commit(text: string): Inputs[number] {
  // In a URL, = comes after the first colon.
  const [, place = '.', from = text] = /^([^=:#]+)=(.+)$/s.exec(text) ?? [];
  const [, repository = from, ref] = /^(.+)#([^#]+)$/s.exec(from) ?? [];
  return {
    path: place,
    git: { repository: repository.includes('://') ? repository : path.resolve(repository), ...(ref && { ref }) },
  };
}
