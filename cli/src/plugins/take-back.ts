// After an installation that failed: the installer forgets a package that it finds invalid, and leaves its files. What
// is not recorded as installed must not lie there.
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { remembered } from './requested.js';

/** Removes what the failed installation of this invocation left. A package of the same name that is recorded stays. */
export async function takeBack(): Promise<void> {
  const installation = remembered();
  if (installation?.requested.type !== 'npm') return;
  const { dataDir, requested } = installation;
  if ((await recordedNames(dataDir)).includes(requested.name)) return;
  await rm(path.join(dataDir, 'node_modules', requested.name), { recursive: true, force: true });
}

async function recordedNames(dataDir: string): Promise<string[]> {
  const record = JSON.parse(await readFile(path.join(dataDir, 'package.json'), 'utf8')) as {
    oclif?: { plugins?: { name: string }[] };
  };
  return record.oclif?.plugins?.map(({ name }) => name) ?? [];
}
