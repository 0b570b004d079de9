// Writes provider packages as a stranger would make them: plain JavaScript, no build, no dependency.
import type { Place } from './place.js';

export interface StrangerOptions {
  /** Name of the provider; the package is called after it. */
  provider: string;
  /** Source of the module. */
  code: string;
  /** Put over the valid manifest; undefined values leave the property out. */
  manifest?: Record<string, unknown>;
  /** Put over the valid package.json. */
  packageJson?: Record<string, unknown>;
}

const FILES = { packageJson: 'package.json', manifest: 'manifest.json', code: 'index.js' } as const;

/** A driver `main` whose work is over as soon as it begins; `provision` is what the source given makes of it. */
export const driverCode = (provision: string): string => `
export default {
  apiVersion: 1,
  create: () => ({
    drivers: {
      main: {
        plan: () => ({ version: 1, data: {}, resources: [] }),
        async *provision(handle, context) { ${provision} },
        async *start() { yield { type: 'ended', outcome: 'succeeded', result: { text: 'done at once' } }; },
        async *resume() { yield { type: 'not_started', proof: 'start does nothing that could go on' }; },
        cancel: async () => 'stopped',
        cleanup: async () => [],
      },
    },
  }),
};
`;

const manifestOf = (provider: string): Record<string, unknown> => ({
  apiVersion: 1,
  provider,
  title: provider,
  description: 'A provider of the tests.',
  account: { settings: { type: 'object', properties: {}, additionalProperties: false } },
  drivers: [
    {
      name: 'main',
      title: 'Main',
      capability: 'agent-runtime',
      offers: [
        {
          taskTypes: ['agent.run'],
          targetModes: ['session'],
          protocols: ['stdio'],
          spokenBy: 'driver',
          accepts: ['context'],
          resume: true,
          startIdempotent: true,
        },
      ],
      targets: { session: { type: 'object', properties: {}, additionalProperties: false } },
      features: { logs: 'live', cancel: 'stopped', cleanupProof: 'verified', isolation: 'process' },
    },
  ],
});

/** @returns the absolute path of the package, for `plugins` of a configuration. */
export async function writePlugin(place: Place, options: StrangerOptions): Promise<string> {
  const { provider, code, manifest = {}, packageJson = {} } = options;
  const folder = `plugins/provider-${provider}`;
  const description = {
    name: `provider-${provider}`,
    version: '1.0.0',
    type: 'module',
    keywords: ['agentdispatch-provider'],
    oclif: {},
    agentdispatch: { manifest: './manifest.json' },
    engines: { agentdispatch: '>=0.1.0' },
    exports: { '.': './index.js', './manifest.json': './manifest.json', './package.json': './package.json' },
    ...packageJson,
  };
  await place.write(`${folder}/${FILES.packageJson}`, JSON.stringify(description));
  await place.write(`${folder}/${FILES.manifest}`, JSON.stringify({ ...manifestOf(provider), ...manifest }));
  await place.write(`${folder}/${FILES.code}`, code);
  return place.path(folder);
}
