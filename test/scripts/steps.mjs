// The steps that turn a fresh clone into a tested one: install, build, lint, typecheck. Each is skipped or incremental
// when nothing changed. Needs nothing but Node and npm; must not import anything from node_modules.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

const bin = {
  tsc: 'node_modules/typescript/bin/tsc',
  eslint: 'node_modules/eslint/bin/eslint.js',
  prettier: 'node_modules/prettier/bin/prettier.cjs',
  jest: 'node_modules/jest/bin/jest.js',
  oclif: join(root, 'node_modules/oclif/bin/run.js'),
};

// The oclif tool would otherwise ask the registry for a newer version of itself.
const env = { ...process.env, OCLIF_SKIP_NEW_VERSION_CHECK: 'true' };

/** Scripts of the packages that run after tsc, in this order, where they exist. */
const afterCompile = [
  'core/scripts/build-catalogue.mjs',
  'cli/scripts/bundle.mjs',
  'plugins/mcp-server/scripts/bundle.mjs',
  'plugins/worker/scripts/bundle.mjs',
];

/** Installs when needed, then builds every package. Returns whether all of it succeeded. */
export function setUp(options = {}) {
  return checkNode() && install(options) && build(options);
}

export function build(options = {}) {
  return (
    nodeIfPresent('schemas/scripts/generate.mjs', options) &&
    node([bin.tsc, '-b'], options) &&
    afterCompile.every((script) => nodeIfPresent(script, options)) &&
    commandManifest(options)
  );
}

export function lint(options = {}) {
  const cache = ['--cache', '--cache-location'];
  const eslint = node([bin.eslint, '.', '--max-warnings', '0'], options);
  const prettier = node([bin.prettier, '--check', '--log-level', 'warn', '.', ...cache, '.cache/prettier'], options);
  return eslint && prettier;
}

export function typecheckTests(options = {}) {
  return node([bin.tsc, '-p', 'tsconfig.test.json'], options);
}

export function jest(args, options = {}) {
  return node(['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', bin.jest, ...args], options);
}

/**
 * The tools of test/conformance, in a tree of their own. The Node that comes with them is left out where the one that runs
 * is new enough; scripts of packages do not run.
 */
export function installTools(options = {}) {
  const omit = nodeIsAtLeast(22, 19) ? ['--omit=optional'] : [];
  return install({ ...options, cwd: join(root, 'test/conformance/tools') }, ['--ignore-scripts', ...omit]);
}

function checkNode() {
  if (nodeIsAtLeast(20, 19)) return true;
  console.error(`Node ${process.versions.node} is too old: AgentDispatch needs Node 20.19 or newer.`);
  return false;
}

function nodeIsAtLeast(wantedMajor, wantedMinor) {
  const [major, minor] = process.versions.node.split('.').map(Number);
  return major > wantedMajor || (major === wantedMajor && minor >= wantedMinor);
}

function install(options, more = []) {
  const { cwd = root } = options;
  if (isInstalled(cwd)) return true;
  console.error(`Installing dependencies (npm ci${cwd === root ? '' : ` in ${relative(root, cwd)}`}) ...`);
  const npm = process.env.npm_execpath;
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...more];
  return npm?.endsWith('npm-cli.js')
    ? node([npm, ...args], options)
    : run('npm', args, { ...options, shell: process.platform === 'win32' });
}

/** True when node_modules was written after the lockfile, or holds all that the lockfile names (optional ones aside). */
function isInstalled(folder) {
  const lockfile = join(folder, 'package-lock.json');
  const installedLockfile = join(folder, 'node_modules/.package-lock.json');
  if (!existsSync(installedLockfile)) return false;
  if (statSync(installedLockfile).mtimeMs >= statSync(lockfile).mtimeMs) return true;
  const installed = packagesIn(installedLockfile);
  return Object.entries(packagesIn(lockfile))
    .filter(([path, entry]) => path.includes('node_modules/') && !entry.optional && !entry.devOptional)
    .every(([path, entry]) => installed[path]?.version === entry.version);
}

function packagesIn(lockfile) {
  return JSON.parse(readFileSync(lockfile, 'utf8')).packages;
}

/** oclif lists the commands from this file instead of importing them; it is rebuilt from what tsc wrote. */
function commandManifest(options) {
  if (!existsSync(join(root, 'cli/dist/commands/index.js'))) return true;
  return node([bin.oclif, 'manifest'], { ...options, cwd: join(root, 'cli'), stdout: 'ignore' });
}

function nodeIfPresent(script, options) {
  return existsSync(join(root, script)) ? node([script], options) : true;
}

function node(args, options) {
  return run(process.execPath, args, options);
}

function run(command, args, { quiet = false, cwd = root, stdout = 'inherit', shell = false } = {}) {
  // Quiet keeps stdout for the caller and shows what was withheld only when the step fails.
  const stdio = quiet ? ['ignore', 'pipe', 'pipe'] : ['ignore', stdout, 'inherit'];
  const result = spawnSync(command, args, { cwd, env, stdio, shell, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
  if (result.status === 0) return true;
  if (quiet) process.stderr.write(`${result.stdout ?? ''}${result.stderr ?? ''}`);
  const reason = result.error?.message ?? (result.signal ? `signal ${result.signal}` : `exit code ${result.status}`);
  console.error(`Failed (${reason}): ${[command, ...args].join(' ')}`);
  return false;
}
