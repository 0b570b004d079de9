// What this program knows of itself from its package.json: version, folder, and the providers it carries.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

interface PackageJson {
  version: string;
  agentdispatch: { bundledPlugins: string[] };
}

/** Absolute path of the package. */
export const packageRoot = fileURLToPath(new URL('..', import.meta.url));

export const packageJson = (): PackageJson =>
  JSON.parse(readFileSync(path.join(packageRoot, 'package.json'), 'utf8')) as PackageJson;

/** Absolute roots of the provider packages that are installed with this program. Which they are is data. */
export function bundledPlugins(): string[] {
  const require = createRequire(path.join(packageRoot, 'package.json'));
  return packageJson().agentdispatch.bundledPlugins.map((name) =>
    path.dirname(require.resolve(`${name}/package.json`)),
  );
}
