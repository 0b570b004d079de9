// A directory of one test's own, with files given as a map from relative path to text (or to a JSON value).
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

export type Files = Readonly<Record<string, unknown>>;

export async function temporaryDirectory(files: Files = {}): Promise<string> {
  const directory = await realpath(await mkdtemp(path.join(tmpdir(), 'agentdispatch-test-')));
  await writeFiles(directory, files);
  return directory;
}

export async function writeFiles(directory: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(directory, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  }
}

/** Directories made through it are removed by `clean`. */
export class TemporaryDirectories {
  private readonly made: string[] = [];

  async make(files?: Files): Promise<string> {
    const directory = await temporaryDirectory(files);
    this.made.push(directory);
    return directory;
  }

  async clean(): Promise<void> {
    await Promise.all(this.made.splice(0).map((directory) => rm(directory, { recursive: true, force: true })));
  }
}
