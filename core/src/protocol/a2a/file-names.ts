// Names for the agent's files under which they may be stored: relative, without a way out, and no two the same.
import path from 'node:path';
import type { FilePart } from './parts.js';

const MAX_CHARACTERS = 500;

export class FileNames {
  readonly #owners = new Map<string, string>();

  /** @param number of the file within its artifact. The same file gets the same name again. */
  of(artifactId: string, artifactName: string, { name, mediaType }: FilePart, number: number): string {
    const owner = `${artifactId}\n${number}`;
    const named = safe(name) || numbered(safe(artifactName) || safe(artifactId) || 'file', number, mediaType);
    for (let tries = 1; ; tries += 1) {
      const candidate = tries === 1 ? named : withNumber(named, tries);
      const known = this.#owners.get(candidate);
      if (known === undefined) this.#owners.set(candidate, owner);
      if (known === undefined || known === owner) return candidate;
    }
  }
}

/** An artifact's own name, told apart where it has several files; with an ending where it shows none. */
function numbered(name: string, number: number, mediaType: string): string {
  const ending = path.posix.extname(name) === '' ? (ENDINGS[mediaType] ?? '') : '';
  return (number === 0 ? name : withNumber(name, number + 1)) + ending;
}

function withNumber(name: string, number: number): string {
  const { dir, name: stem, ext } = path.posix.parse(name);
  return path.posix.join(dir, `${stem}-${number}${ext}`);
}

/** Empty where nothing of it can be used. */
const safe = (name: string): string =>
  name
    .slice(0, MAX_CHARACTERS)
    .split(/[\\/]+/)
    .map((segment) => Array.from(segment).filter(isPlain).join('').trim())
    .filter((segment) => segment !== '' && !/^\.+$/.test(segment))
    .join('/');

const isPlain = (character: string): boolean => character >= ' ' && character !== '\u007f' && character !== ':';

const ENDINGS: Readonly<Record<string, string>> = {
  'application/json': '.json',
  'application/pdf': '.pdf',
  'image/jpeg': '.jpg',
  'image/png': '.png',
  'text/csv': '.csv',
  'text/html': '.html',
  'text/markdown': '.md',
  'text/plain': '.txt',
};
