// A package registry on this machine: takes what is published here, and passes everything else on to the registry that
// npm is configured with.
import { execFile, fork } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import path from 'node:path';
import { promisify } from 'node:util';
import { type Place, repository } from './place.js';

export interface Registry {
  url: string;
  /** Publishes the package in this folder. */
  publish(folder: string): Promise<void>;
}

const OURS = ['@agent-dispatch/*', 'provider-*', 'no-provider'];
/** In the order of their dependencies. */
const PACKAGES = [
  'schemas',
  'core',
  'plugins/worker',
  'plugins/provider-local',
  'plugins/provider-aws',
  'plugins/mcp-server',
  'cli',
];

/** Every npm that is started in the place uses it from now on. @throws when the registry behind it cannot be reached. */
export async function startRegistry(place: Place): Promise<Registry> {
  const upstream = await upstreamUrl();
  const port = await freePort();
  const url = `http://127.0.0.1:${String(port)}/`;
  const config = await place.write('registry/config.json', JSON.stringify(configFor(place, upstream)));
  await listen(place, config, port);
  await place.write(
    '.npmrc',
    [`registry=${url}`, `//127.0.0.1:${String(port)}/:_authToken=anyone`, 'audit=false', 'fund=false', ''].join('\n'),
  );
  await npm(place, ['view', 'semver', 'version']).catch((cause: unknown) => {
    throw new Error(`This test needs the registry that npm is configured with (${new URL(upstream).origin}).`, {
      cause,
    });
  });
  return { url, publish: (folder) => npm(place, ['publish', folder]).then(() => undefined) };
}

export async function publishAll(registry: Registry): Promise<void> {
  for (const folder of PACKAGES) await registry.publish(path.join(repository, folder));
}

/** @throws with what npm said. */
export async function npm(place: Place, args: string[]): Promise<string> {
  const env = { ...place.env, npm_config_update_notifier: 'false', OCLIF_SKIP_NEW_VERSION_CHECK: 'true' };
  const { stdout } = await promisify(execFile)('npm', args, { cwd: place.root, env, maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}

async function upstreamUrl(): Promise<string> {
  const { stdout } = await promisify(execFile)('npm', ['config', 'get', 'registry'], { cwd: repository });
  return stdout.trim();
}

const configFor = (place: Place, upstream: string): object => ({
  storage: place.path('registry/storage'),
  auth: {},
  uplinks: { upstream: { url: upstream, timeout: '60s', maxage: '60m', max_fails: 10, fail_timeout: '1s' } },
  packages: {
    ...Object.fromEntries(OURS.map((name) => [name, { access: '$all', publish: '$all', unpublish: '$all' }])),
    '**': { access: '$all', proxy: 'upstream' },
  },
  log: { type: 'file', path: place.path('registry/registry.log'), level: 'warn' },
});

/** The user's own environment: the way to the registry behind may need its proxies and certificates. */
function listen(place: Place, config: string, port: number): Promise<void> {
  const root = path.dirname(createRequire(import.meta.url).resolve('verdaccio/package.json'));
  const args = ['--config', config, '--listen', `127.0.0.1:${String(port)}`];
  const child = fork(path.join(root, 'bin/verdaccio'), args, {
    execArgv: [],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  place.atEnd(() => child.kill('SIGKILL'));
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.once('message', () => resolve());
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the registry ended with ${String(code)}: ${stderr}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
