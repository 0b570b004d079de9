// Providers for the tests of init: one that needs nothing, as the bundled one, and one whose settings have flags. The
// published manifests are read too, so that they are known to work with the command.
import { readdirSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { KnownProvider } from '@agent-dispatch/core';
import type { ProviderManifest, ProviderManifestSetting } from '@agent-dispatch/schemas';
import type { Offered } from '../setting-flags.js';

const plugins = fileURLToPath(new URL('../../../../plugins', import.meta.url));

/** The manifests of this repository's provider packages. */
export const publishedManifests = (): ProviderManifest[] =>
  readdirSync(plugins)
    .map((name) => path.join(plugins, name, 'manifest.json'))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, 'utf8')) as ProviderManifest);

export const setting = (flag: string, more: object = {}): ProviderManifestSetting => ({
  type: 'string',
  'x-agentdispatch': { flag },
  ...more,
});

export const cloud = {
  apiVersion: 1,
  provider: 'cloud',
  title: 'A cloud',
  account: {
    settings: {
      type: 'object',
      required: ['region'],
      properties: {
        region: {
          type: 'string',
          'x-agentdispatch': { flag: 'region', question: 'Which region?', environment: 'CLOUD_REGION' },
        },
        login: { type: 'object', properties: { profile: setting('login-profile') } },
      },
    },
  },
  drivers: [
    {
      name: 'agents',
      title: 'Agents',
      capability: 'agent-runtime',
      offers: [
        { taskTypes: ['agent.run'], targetModes: ['session'], protocols: ['http', 'mcp'], spokenBy: 'host' },
        { taskTypes: ['agent.run'], targetModes: ['runtime'], protocols: ['http'], spokenBy: 'host' },
      ],
      targets: {
        session: {
          type: 'object',
          required: ['address'],
          properties: {
            address: setting('address'),
            retries: setting('retries', { type: 'integer' }),
            tags: setting('tags', { type: 'array' }),
          },
        },
        runtime: {
          type: 'object',
          required: ['image'],
          properties: { image: setting('image'), size: { type: 'string', enum: ['s', 'l'], default: 's' } },
        },
      },
      features: { logs: 'live', cancel: 'stopped', cleanupProof: 'verified', isolation: 'microvm' },
    },
  ],
} as unknown as ProviderManifest;

export const machine = {
  apiVersion: 1,
  provider: 'machine',
  title: 'A machine',
  account: { settings: { type: 'object', properties: {} } },
  drivers: [
    {
      name: 'process',
      title: 'A process',
      capability: 'agent-runtime',
      offers: [
        { taskTypes: ['command.run'], targetModes: ['session'], protocols: ['stdio'], spokenBy: 'driver' },
        { taskTypes: ['agent.run'], targetModes: ['session', 'runtime'], protocols: ['stdio'], spokenBy: 'driver' },
        { taskTypes: ['agent.run'], targetModes: ['session', 'runtime'], protocols: ['http'], spokenBy: 'host' },
      ],
      targets: {
        session: { type: 'object', required: ['directory'], properties: { directory: setting('directory') } },
        runtime: {
          type: 'object',
          properties: { command: setting('agent', { 'x-agentdispatch': { flag: 'agent', question: 'Which agent?' } }) },
        },
      },
      features: { logs: 'live', cancel: 'stopped', cleanupProof: 'verified', isolation: 'process' },
    },
  ],
  defaults: {
    accounts: { here: { provider: 'machine', note: 'kept' } },
    runtimes: { usual: { account: 'here', target: { mode: 'runtime', protocol: 'stdio' } } },
    runtime: 'usual',
  },
} as unknown as ProviderManifest;

export function offer(manifest: ProviderManifest, state: KnownProvider['state'] = 'ready'): Offered {
  const { provider } = manifest;
  const source = state === 'not-installed' ? 'catalogue' : 'bundled';
  return { manifest, known: { provider, packageName: `@x/${provider}`, version: '1.0.0', source, manifest, state } };
}
