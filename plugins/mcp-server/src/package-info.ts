// What this package says about itself in its package.json: version, and the plugins that come with it.
// The only place where the names of provider packages are read; none stands in the source.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface PackageJson {
  version: string;
  agentdispatch?: { bundledPlugins?: string[] };
}

/** Reads package.json of the package that this module, or the bundle made of it, belongs to. */
export function packageInfo(): PackageJson {
  return JSON.parse(readFileSync(packageJsonPath(), 'utf8')) as PackageJson;
}

/** Absolute roots of the bundled plugins. One that is not installed is left out: the plugin host lists what there is. */
export function bundledPluginRoots(): string[] {
  const require = createRequire(packageJsonPath());
  return (packageInfo().agentdispatch?.bundledPlugins ?? []).flatMap((name) => {
    try {
      return [dirname(require.resolve(`${name}/package.json`))];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return [];
      throw error;
    }
  });
}

function packageJsonPath(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new TypeError('The MCP server stands in no package.');
    folder = parent;
  }
  return join(folder, 'package.json');
}
