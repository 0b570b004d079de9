// Small real plugin packages for tests: a manifest, and a module that does what the manifest says, unless told otherwise.
import path from 'node:path';
import type { Config, ProviderManifest, ProviderManifestDriver } from '@agent-dispatch/schemas';
import type { LoadedConfig } from '../../config/loaded-config.js';
import type { Files } from '../../config/testdata/temporary-directory.js';

export const driver = (more: Partial<ProviderManifestDriver> = {}): ProviderManifestDriver => ({
  name: 'box',
  title: 'Box',
  capability: 'agent-runtime',
  offers: [{ taskTypes: ['agent.run'], targetModes: ['session'], protocols: ['stdio'], spokenBy: 'driver' }],
  targets: {
    session: {
      type: 'object',
      required: ['boxId'],
      additionalProperties: false,
      properties: {
        boxId: { type: 'string', 'x-agentdispatch': { question: 'Which box?' } },
        size: { enum: ['small', 'large'] },
      },
    },
  },
  features: { logs: 'live', cancel: 'stopped', cleanupProof: 'verified', isolation: 'process' },
  ...more,
});

export const manifest = (more: Partial<ProviderManifest> = {}): ProviderManifest => ({
  apiVersion: 1,
  provider: 'acme',
  title: 'Acme',
  account: {
    settings: {
      type: 'object',
      required: ['region'],
      additionalProperties: false,
      properties: { region: { type: 'string' }, credentials: { type: 'object' } },
    },
    environment: ['ACME_HOME'],
    ambientCredentials: ['ACME_TOKEN'],
  },
  drivers: [driver()],
  ...more,
});

export const VERBS = ['plan', 'provision', 'start', 'resume', 'cancel', 'cleanup'];

/** A module whose drivers have the verbs given; each verb answers with its own name. */
export function code(drivers: Record<string, string[]> = { box: VERBS }, more = ''): string {
  const objects = Object.entries(drivers).map(
    ([name, verbs]) =>
      `${JSON.stringify(name)}: { ${verbs.map((verb) => `${verb}() { return '${verb}'; }`).join(', ')} }`,
  );
  return `export default { apiVersion: 1, create(host) { ${more}; return { drivers: { ${objects.join(', ')} } }; } };\n`;
}

export interface PackageOptions {
  name?: string;
  version?: string;
  manifest?: unknown;
  code?: string;
  /** Merged over the usual package.json. */
  packageJson?: Record<string, unknown>;
}

/** The files of one package, to be written under `directory`. */
export function packageFiles(directory: string, options: PackageOptions = {}): Files {
  const packageJson = {
    name: options.name ?? 'acme-provider',
    version: options.version ?? '1.2.3',
    type: 'module',
    keywords: ['agentdispatch-provider'],
    agentdispatch: { manifest: './manifest.json' },
    engines: { agentdispatch: '>=0.1.0 <1.0.0' },
    exports: { '.': { types: './index.d.ts', default: './index.js' } },
    ...options.packageJson,
  };
  return {
    [path.join(directory, 'package.json')]: packageJson,
    [path.join(directory, 'manifest.json')]: options.manifest ?? manifest(),
    [path.join(directory, 'index.js')]: options.code ?? code(),
  };
}

/** A configuration in a directory, as loadConfig would give it. */
export const configIn = (baseDir: string, config: Config = {}): LoadedConfig => ({
  config,
  file: path.join(baseDir, 'agentdispatch.config.json'),
  baseDir,
  stateDir: path.join(baseDir, '.agentdispatch'),
  digest: '0'.repeat(64),
  locate: () => ({ file: path.join(baseDir, 'agentdispatch.config.json'), line: 1 }),
});
