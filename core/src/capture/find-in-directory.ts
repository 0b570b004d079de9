// The files of a local directory: all that no .gitignore rule names, whether git knows them or not. Never `.git`, never
// the state directory, by a link neither. Links are followed inside the directory; one that leads out of it is a problem.
import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Problem } from '@agent-dispatch/schemas';
import type { FoundFile } from './found-file.js';
import { IgnoreRules } from './ignore-rules.js';
import { MOST_FILES } from './limits.js';
import { factsOf, NO_FILE, readLocal, reasonOf } from './local-file.js';

/** Looked at; a larger tree is a mistake, or its links lead everywhere. */
const MOST_ENTRIES = 500_000;

export interface DirectorySource {
  /** Where its files begin. */
  path: string;
  directory: string;
  at: string;
  /** Real path of the state directory. */
  stateDir: string;
}

export async function findInDirectory(source: DirectorySource, problems: Problem[]): Promise<FoundFile[]> {
  const pointer = `${source.at}/directory`;
  const root = await realpath(source.directory).catch((error: unknown) => {
    problems.push({ pointer, message: reasonOf(error) });
    return undefined;
  });
  if (root === undefined) return [];
  if (!(await stat(root)).isDirectory()) {
    problems.push({ pointer, message: 'is no directory' });
    return [];
  }
  if (contains(source.stateDir, root)) {
    problems.push({ pointer, message: 'lies in the state directory of this installation' });
    return [];
  }
  const walk = new Walk(root, { ...source, pointer }, problems);
  await walk.visit({ name: '', real: root, rules: await IgnoreRules.above(root), above: [] });
  return walk.found;
}

/** A directory or what is in it. */
interface Visit {
  /** Below the root, with forward slashes; empty for the root. */
  name: string;
  /** Real path. */
  real: string;
  /** Those of the directories that it lies in. */
  rules: IgnoreRules;
  /** Real paths of the directories that lead here. */
  above: readonly string[];
}

class Walk {
  readonly found: FoundFile[] = [];
  private entries = 0;

  constructor(
    private readonly root: string,
    private readonly source: Pick<DirectorySource, 'path' | 'at' | 'stateDir'> & { pointer: string },
    private readonly problems: Problem[],
  ) {}

  async visit({ name, real, rules, above }: Visit): Promise<void> {
    if (above.includes(real)) return this.problem(name, 'is a link that leads in a circle');
    const here = await rules.within(path.join(this.root, name), real);
    for (const entry of await this.list(name, real)) {
      if (this.isEnough()) return;
      await this.enter(entry, {
        name: path.posix.join(name, entry.name),
        real: path.join(real, entry.name),
        rules: here,
        above: [...above, real],
      });
    }
  }

  private async enter(entry: Dirent, visit: Visit): Promise<void> {
    if (this.isNever(visit.real) || this.ignores(visit, entry.isDirectory())) return;
    if (entry.isDirectory()) return await this.visit(visit);
    if (entry.isSymbolicLink()) return await this.follow(visit);
    return await this.take(visit);
  }

  private async follow(visit: Visit): Promise<void> {
    try {
      const real = await realpath(visit.real);
      if (!contains(this.root, real)) return this.problem(visit.name, 'is a link that leads out of it');
      if (this.isNever(real)) return;
      if (!(await stat(real)).isDirectory()) return await this.take({ ...visit, real });
      if (!this.ignores(visit, true)) await this.visit({ ...visit, real });
    } catch (error) {
      this.problem(visit.name, `is a link to what ${reasonOf(error)}`);
    }
  }

  private async take({ name, real }: Visit): Promise<void> {
    const { path: prefix, at, pointer } = this.source;
    try {
      const stats = await stat(real);
      if (!stats.isFile()) return this.problem(name, NO_FILE);
      const read = (): AsyncIterable<Uint8Array> => readLocal(real, { pointer, name, isResolved: true });
      this.found.push({ path: path.posix.join(prefix, name), at, ...factsOf(stats), read });
    } catch (error) {
      this.problem(name, reasonOf(error));
    }
  }

  /** More than any limit allows is refused whatever else there is. */
  private isEnough(): boolean {
    if (++this.entries === MOST_ENTRIES)
      this.problem('.', `has more than ${String(MOST_ENTRIES)} entries that no .gitignore names`);
    return this.entries > MOST_ENTRIES || this.found.length > MOST_FILES;
  }

  private isNever(real: string): boolean {
    const names = path.relative(this.root, real).split(path.sep);
    return names.includes('.git') || contains(this.source.stateDir, real);
  }

  private ignores({ name, rules }: Visit, isDirectory: boolean): boolean {
    return rules.ignores(path.join(this.root, name), isDirectory);
  }

  /** In an order of its own, so that the same directory gives the same list. */
  private async list(name: string, real: string): Promise<Dirent[]> {
    try {
      return (await readdir(real, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
    } catch (error) {
      this.problem(name || '.', reasonOf(error));
      return [];
    }
  }

  private problem(name: string, message: string): void {
    this.problems.push({
      pointer: this.source.pointer,
      message: `cannot be taken: ${JSON.stringify(name)} ${message}`,
    });
  }
}

function contains(directory: string, place: string): boolean {
  const way = path.relative(directory, place);
  return way === '' || (way !== '..' && !way.startsWith(`..${path.sep}`) && !path.isAbsolute(way));
}
