// The files of one commit of a git repository, as they are committed. A repository of another machine is fetched, that
// commit alone. Submodules are left out; links are followed inside the commit.
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { InputSource, Problem } from '@agent-dispatch/schemas';
import { unusable, type FoundFile } from './found-file.js';
import { fetchCommit, type FetchOptions } from './fetch-commit.js';
import { runGit, withoutGit, type GitOptions } from './git.js';
import { GitObjects } from './git-objects.js';
import { MOST_FILES } from './limits.js';
import { reasonOf } from './local-file.js';

export interface RepositorySource extends Omit<FetchOptions, 'url' | 'ref' | 'at'> {
  /** Where its files begin. */
  path: string;
  git: NonNullable<InputSource['git']>;
  at: string;
}

export interface FoundInRepository {
  files: FoundFile[];
  /** Ends what reads the files. */
  close: () => Promise<void>;
}

interface Entry {
  mode: string;
  id: string;
  size: number;
}

const LINK = '120000';
const TOO_MANY = `has more than ${String(2 * MOST_FILES)} files and links`;
const EXECUTABLE = '100755';
/** As many as Linux follows. */
const MOST_LINKS = 40;

export async function findInRepository(source: RepositorySource, problems: Problem[]): Promise<FoundInRepository> {
  const { git, at, environment } = source;
  const { ref = 'HEAD' } = git;
  const { cwd, commit } = path.isAbsolute(git.repository)
    ? { cwd: git.repository, commit: await localCommit(ref, at, { environment, cwd: git.repository }) }
    : await fetchCommit({ ...source, url: git.repository, ref });
  const objects = new GitObjects({ environment, cwd });
  try {
    const tree = await listTree(commit, { environment, cwd }, at);
    const found = new CommitFiles(tree, objects, source, problems);
    return { files: await found.all(), close: () => objects.close() };
  } catch (error) {
    await objects.close();
    throw error;
  }
}

async function localCommit(ref: string, at: string, options: GitOptions): Promise<string> {
  const directory = await stat(options.cwd).catch((error: unknown) => reasonOf(error));
  if (typeof directory === 'string') throw unusable(`${at}/git/repository`, directory);
  if (!directory.isDirectory()) throw unusable(`${at}/git/repository`, 'is no directory');
  const inside = await runGit(['rev-parse', '--show-prefix'], options);
  if (!inside.ok && inside.isMissing) throw withoutGit(at);
  if (!inside.ok) throw unusable(`${at}/git/repository`, `is no repository that can be read (${inside.said})`);
  // Git looks upwards, and would give what lies beside it, too.
  if (inside.output.toString().trim() !== '')
    throw unusable(
      `${at}/git/repository`,
      'is only a part of a repository: name the directory that is the whole of it',
    );
  const answer = await runGit(['rev-parse', '--verify', '--quiet', '--end-of-options', `${ref}^{commit}`], options);
  if (answer.ok) return answer.output.toString().trim();
  throw unusable(`${at}/git/ref`, `names no commit of the repository: ${JSON.stringify(ref)}`);
}

async function listTree(commit: string, options: GitOptions, at: string): Promise<Map<string, Entry>> {
  const answer = await runGit(['ls-tree', '-r', '-z', '-l', '--full-tree', commit], options);
  if (!answer.ok) throw unusable(`${at}/git`, `cannot be listed (${answer.said})`);
  const lines = answer.output.toString().split('\0');
  return new Map(
    lines.flatMap((line) => {
      const [, mode, type, id, size, name] = /^(\d+) (\w+) ([0-9a-f]+) +(\d+|-)\t(.*)$/s.exec(line) ?? [];
      // A submodule is an empty directory here.
      if (type !== 'blob' || mode === undefined || id === undefined || name === undefined) return [];
      return [[name, { mode, id, size: Number(size) }]];
    }),
  );
}

class CommitFiles {
  private steps = 0;

  constructor(
    private readonly tree: ReadonlyMap<string, Entry>,
    private readonly objects: GitObjects,
    private readonly source: RepositorySource,
    private readonly problems: Problem[],
  ) {}

  async all(): Promise<FoundFile[]> {
    const found: FoundFile[] = [];
    for (const name of this.tree.keys()) found.push(...(await this.filesAt(name, name, [])));
    return found;
  }

  /** What stands at a name of the commit, to be placed at another: several files where it is a link to a directory. */
  private async filesAt(name: string, place: string, links: readonly string[]): Promise<FoundFile[]> {
    // Links to directories full of links multiply.
    if (++this.steps > 2 * MOST_FILES) return this.steps === 2 * MOST_FILES + 1 ? this.problem('.', TOO_MANY) : [];
    const entry = this.tree.get(name);
    if (entry !== undefined && entry.mode !== LINK) return [this.file(entry, place)];
    // The name itself may be a link, or lead through one.
    const link = entry === undefined ? this.linkAbove(name) : name;
    if (link === undefined) return await this.directoryAt(name, place, links);
    if (links.includes(link) || links.length >= MOST_LINKS)
      return this.problem(place, 'is a link that leads in a circle');
    const target = await this.target(link);
    const leadsTo = path.posix.join(path.posix.dirname(link), target, name.slice(link.length));
    if (path.posix.isAbsolute(target) || leadsTo === '..' || leadsTo.startsWith('../'))
      return this.problem(place, 'is a link that leads out of it');
    return await this.filesAt(leadsTo.replace(/\/$/, ''), place, [...links, link]);
  }

  private linkAbove(name: string): string | undefined {
    for (let up = path.posix.dirname(name); up !== '.'; up = path.posix.dirname(up)) {
      if (this.tree.get(up)?.mode === LINK) return up;
    }
    return undefined;
  }

  private async directoryAt(name: string, place: string, links: readonly string[]): Promise<FoundFile[]> {
    const prefix = name === '.' ? '' : `${name}/`;
    const inside = [...this.tree.keys()].filter((one) => one.startsWith(prefix));
    if (inside.length === 0) return this.problem(place, 'is a link to what is not there');
    const found: FoundFile[] = [];
    for (const one of inside) {
      found.push(...(await this.filesAt(one, path.posix.join(place, one.slice(prefix.length)), links)));
    }
    return found;
  }

  private file({ mode, id, size }: Entry, place: string): FoundFile {
    const { path: prefix, at } = this.source;
    return {
      path: path.posix.join(prefix, place),
      at,
      size,
      ...(mode === EXECUTABLE && { executable: true }),
      read: () => this.read(id),
    };
  }

  private async *read(id: string): AsyncIterable<Uint8Array> {
    try {
      yield* this.objects.read(id);
    } catch (error) {
      throw unusable(
        `${this.source.at}/git`,
        `cannot be read (${error instanceof Error ? error.message : String(error)})`,
      );
    }
  }

  private async target(link: string): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.read(this.tree.get(link)?.id ?? '')) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  }

  private problem(place: string, message: string): [] {
    const pointer = `${this.source.at}/git`;
    this.problems.push({ pointer, message: `cannot be taken: ${JSON.stringify(place)} ${message}` });
    return [];
  }
}
