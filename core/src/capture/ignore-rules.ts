// The .gitignore rules that hold in a directory: its own, and those of the directories above it in the same repository.
import { access, readFile } from 'node:fs/promises';
import path from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { codeOf } from '../config/thrown.js';

const FILE = '.gitignore';
/** As git does where the file system makes no difference. */
const IGNORE_CASE = process.platform === 'darwin' || process.platform === 'win32';

interface Level {
  directory: string;
  rules: Ignore;
}

export class IgnoreRules {
  /** @param levels outermost first. */
  private constructor(private readonly levels: readonly Level[]) {}

  /**
   * What the directories above say of `directory`. One that is ignored itself was asked for all the same: they say
   * nothing then.
   */
  static async above(directory: string): Promise<IgnoreRules> {
    const parents = await parentsInRepository(directory);
    let rules = new IgnoreRules([]);
    for (const parent of parents) rules = await rules.within(parent);
    return rules.ignores(directory, true) ? new IgnoreRules([]) : rules;
  }

  /** With those of a directory one level deeper. @param real where it is found, when a link leads to it. */
  async within(directory: string, real = directory): Promise<IgnoreRules> {
    const text = await textOf(path.join(real, FILE));
    if (text === undefined) return this;
    const rules = ignore.default({ ignorecase: IGNORE_CASE, allowRelativePaths: false }).add(text);
    return new IgnoreRules([...this.levels, { directory, rules }]);
  }

  /** The innermost that says anything decides. Asked of what lies in no ignored directory. */
  ignores(place: string, isDirectory: boolean): boolean {
    for (const { directory, rules } of [...this.levels].reverse()) {
      const name = path.relative(directory, place).split(path.sep).join('/');
      const { ignored, unignored } = rules.test(isDirectory ? `${name}/` : name);
      if (ignored || unignored) return ignored;
    }
    return false;
  }
}

/** From the root of the repository down, without `directory`; none where it is a root itself, or in no repository. */
async function parentsInRepository(directory: string): Promise<string[]> {
  const parents: string[] = [];
  for (let place = directory; ; place = path.dirname(place)) {
    if (await exists(path.join(place, '.git'))) return parents.reverse();
    if (path.dirname(place) === place) return [];
    parents.push(path.dirname(place));
  }
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    // One that cannot be read says nothing to git either.
    if (['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'ELOOP'].includes(codeOf(error) ?? '')) return undefined;
    throw error;
  }
}

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );
