// A configuration and providers that exist nowhere, for the tests of intake.
import type { Config, ProviderManifest } from '@agent-dispatch/schemas';
import type { KnownProvider } from '../../plugins/known-provider.js';
import { Intake, type IntakeSources } from '../index.js';

const features = { logs: 'live', cancel: 'stopped', cleanupProof: 'verified', isolation: 'microvm' } as const;

const endpoint = {
  type: 'string',
  pattern: '^nim:',
  'x-agentdispatch': { question: 'Which endpoint does the agent have?' },
};

export const NIMBUS: ProviderManifest = {
  apiVersion: 1,
  provider: 'nimbus',
  title: 'Nimbus',
  account: { settings: { type: 'object', properties: { region: { type: 'string' } } } },
  drivers: [
    {
      name: 'agents',
      title: 'Agents',
      capability: 'agent-runtime',
      offers: [
        {
          taskTypes: ['agent.run'],
          targetModes: ['session'],
          protocols: ['http', 'a2a'],
          spokenBy: 'host',
          accepts: ['context', 'model', 'outputSchema'],
        },
        {
          taskTypes: ['agent.run'],
          targetModes: ['runtime'],
          protocols: ['http'],
          spokenBy: 'host',
          accepts: ['context', 'inputs', 'secrets', 'environment'],
          resume: true,
        },
      ],
      targets: {
        session: { type: 'object', required: ['endpoint'], properties: { endpoint }, additionalProperties: false },
        runtime: {
          type: 'object',
          required: ['image', 'size'],
          properties: {
            image: { type: 'string' },
            size: { enum: ['small', 'large'] },
            zone: { type: 'integer' },
          },
          additionalProperties: false,
        },
      },
      features: { ...features, settleSeconds: 30, maximumDurationSeconds: 7200 },
    },
    {
      name: 'quick',
      title: 'Quick jobs',
      capability: 'job-runner',
      offers: [
        {
          taskTypes: ['command.run'],
          targetModes: ['job'],
          protocols: ['stdio'],
          spokenBy: 'driver',
          accepts: ['environment', 'workingDirectory', 'artifacts', 'inputs'],
          resume: true,
          startIdempotent: true,
        },
      ],
      targets: { job: { type: 'object', properties: {}, additionalProperties: false } },
      features: { ...features, maximumDurationSeconds: 900 },
    },
  ],
};

const only = (provider: string): ProviderManifest => ({
  ...NIMBUS,
  provider,
  title: provider,
  drivers: NIMBUS.drivers.slice(0, 1),
});

const DIGEST = 'a'.repeat(64);

const known = (manifest: ProviderManifest, changes: Partial<KnownProvider> = {}): KnownProvider => ({
  provider: manifest.provider,
  packageName: `@acme/provider-${manifest.provider}`,
  version: '1.0.0',
  source: 'config',
  manifest,
  manifestDigest: DIGEST,
  state: 'ready',
  ...changes,
});

export const PROVIDERS: readonly KnownProvider[] = [
  known(NIMBUS),
  known(only('ready2'), { state: 'loaded' }),
  known(only('farcloud'), { state: 'not-installed', source: 'catalogue' }),
  known(only('cracked'), {
    state: 'broken',
    error: {
      code: 'AD_PLUGIN_LOAD',
      message: 'The plugin threw.',
      hint: 'Update the plugin.',
      fault: 'operator',
      retryable: false,
    },
  }),
];

export const CONFIG: Config = {
  accounts: {
    dev: { provider: 'nimbus', region: 'north' },
    prod: { provider: 'nimbus', region: 'south' },
    other: { provider: 'ready2' },
    far: { provider: 'farcloud' },
    cracked: { provider: 'cracked' },
    orphan: { provider: 'nowhere' },
  },
  runtimes: {
    research: {
      account: 'dev',
      driver: 'agents',
      capability: 'agent-runtime',
      target: { mode: 'session', protocol: 'a2a', details: { endpoint: 'nim:one' } },
      labels: { team: 'blue', kind: 'research' },
      limits: { idleSeconds: 60, maxConcurrent: 3 },
    },
    open: { account: 'dev', target: { mode: 'session', details: { endpoint: 'nim:one' } } },
    fresh: {
      account: 'dev',
      target: { mode: 'runtime' },
      environment: { LANGUAGE: 'en' },
      secrets: { MODEL_KEY: { source: 'environment', name: 'MODEL_KEY' } },
      retry: { maxAttempts: 2 },
      requiredInputs: ['repository', 'a/b'],
    },
    framed: {
      account: 'dev',
      framework: 'strands',
      target: { mode: 'session', protocol: 'http', details: { endpoint: 'nim:one' } },
    },
    crooked: { account: 'dev', target: { mode: 'session', protocol: 'http', details: { endpoint: 'http://x' } } },
    slow: {
      account: 'dev',
      target: { mode: 'session', protocol: 'http', details: { endpoint: 'nim:one' } },
      limits: { timeoutSeconds: 9000 },
    },
    shell: { account: 'dev', taskType: 'command.run', target: { mode: 'job' } },
    far: { account: 'far', target: { mode: 'session', protocol: 'http', details: { endpoint: 'nim:one' } } },
    farther: { account: 'far', target: { mode: 'job', protocol: 'http' } },
    cracked: { account: 'cracked', target: { mode: 'session', protocol: 'http', details: { endpoint: 'nim:one' } } },
    orphan: { account: 'orphan', target: { mode: 'session', protocol: 'http' } },
  },
  defaults: { runtime: 'research' },
};

/** An intake over the configuration above, or another. */
export const intakeWith = (config: Config = CONFIG, providers: readonly KnownProvider[] = PROVIDERS): Intake =>
  new Intake(sourcesWith(config, providers));

export const sourcesWith = (config: Config, providers: readonly KnownProvider[]): IntakeSources => ({
  config: { config, baseDir: '/base', stateDir: '/base/state', digest: DIGEST, locate: () => undefined },
  providers: () => providers,
  accountDigest: (name) => Buffer.from(name).toString('hex').padEnd(64, '0'),
});
