// What `plugins install` is given as a path. The installer knows names and URLs alone, works in another directory, and takes
// a bare path for a repository on a code host.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { DispatchError } from '@agent-dispatch/core/errors';

const INSTALL = ['install', 'add'];

/**
 * The arguments with each path as an absolute `file:` URL. A path begins with `./`, `../`, a root or `file:`, or is an archive.
 * Errors: AD_PLUGIN_INSTALL for one where nothing is.
 */
export function withFileUrls(args: readonly string[], directory: string): string[] {
  const [topic = '', command = '', ...rest] = args;
  if (topic !== 'plugins' || !INSTALL.includes(command)) return [...args];
  return [topic, command, ...rest.map((word) => fileUrlOf(word, directory))];
}

function fileUrlOf(word: string, directory: string): string {
  if (!isPath(word)) return word;
  const file = path.resolve(directory, word.replace(/^file:(\/\/(?=\/))?/, ''));
  if (existsSync(file)) return `file:${file}`;
  throw new DispatchError('AD_PLUGIN_INSTALL', `There is nothing at ${file}.`, {
    hint: 'Give the path of a package directory or of an archive made by `npm pack`, or the name of a published package.',
  });
}

const isPath = (word: string): boolean =>
  word.startsWith('file:') ||
  /^\.{1,2}([\\/]|$)/.test(word) ||
  path.isAbsolute(word) ||
  /^[^@:]*\.(tgz|tar\.gz)$/.test(word);
