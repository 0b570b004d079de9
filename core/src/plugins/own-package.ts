// This package's own files at run time: found through its name, so that they are found from a bundled program too.
import { createRequire } from 'node:module';
import { readFile } from 'node:fs/promises';
import { codeOf } from '../config/thrown.js';

const require = createRequire(import.meta.url);

/** The JSON of a file that this package exports; undefined when it was not built. */
async function ownFile(name: string): Promise<unknown> {
  const file = locate(name);
  return file === undefined ? undefined : (JSON.parse(await readFile(file, 'utf8')) as unknown);
}

function locate(name: string): string | undefined {
  try {
    return require.resolve(`@agent-dispatch/core/${name}`);
  } catch (error) {
    if (codeOf(error) === 'MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}

/** The version that a plugin's `engines.agentdispatch` is compared with. */
export async function hostVersion(): Promise<string> {
  return ((await ownFile('package.json')) as { version: string }).version;
}

/** What the build wrote; undefined where the sources run without a build. */
export const ownCatalogue = (): Promise<unknown> => ownFile('catalogue.json');
