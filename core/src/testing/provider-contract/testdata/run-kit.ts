// Runs the provider contract over the driver in memory, or a broken one, and tells which tests failed.
import type { DispatchRequest, ProviderManifest } from '@agent-dispatch/schemas';
import type { ErrorFactory } from '../../../provider/index.js';
import { runProviderContract, type ProviderCase, type ProviderContractOptions } from '../provider-contract.js';
import { MemoryCloud } from './memory-cloud.js';
import { CLOUDS, memoryDriver, type MemoryDriver } from './memory-driver.js';

export const MANIFEST: ProviderManifest = {
  apiVersion: 1,
  provider: 'memory',
  title: 'A cloud in memory',
  account: { settings: { type: 'object', properties: {} } },
  drivers: [
    {
      name: 'rooms',
      title: 'Jobs in rooms',
      capability: 'agent-runtime',
      offers: [
        {
          taskTypes: ['agent.run'],
          targetModes: ['runtime'],
          protocols: ['stdio'],
          spokenBy: 'driver',
          accepts: ['secrets'],
          resume: true,
          startIdempotent: true,
        },
      ],
      targets: { runtime: { type: 'object', properties: { ends: { enum: ['well', 'badly', 'told'] } } } },
      features: {
        logs: 'live',
        cancel: 'stopped',
        cleanupProof: 'verified',
        isolation: 'none',
        check: true,
        sweep: true,
      },
    },
  ],
};

const request = (details: Record<string, unknown>): DispatchRequest => ({
  taskType: 'agent.run',
  capability: 'agent-runtime',
  account: 'memory',
  target: { mode: 'runtime', protocol: 'stdio', details },
  input: { instruction: 'work' },
  limits: {},
  retry: {},
});

const VALUE = 'not-a-secret-of-anything';

export const ROOMS: ProviderCase = {
  driver: 'rooms',
  taskType: 'agent.run',
  targetMode: 'runtime',
  protocol: 'stdio',
  async open() {
    const cloud = new MemoryCloud();
    const id = `cloud ${String(CLOUDS.size)}`;
    CLOUDS.set(id, cloud);
    return {
      account: { name: 'memory', provider: 'memory', settings: { cloud: id } },
      requests: {
        succeeds: { request: request({ ends: 'well' }), output: 'one\ntwo\n' },
        fails: { request: request({ ends: 'badly' }), code: 'AD_TASK_FAILED' },
        runs: request({ ends: 'told' }),
        unusable: { request: request({ ends: 'somehow' }), code: 'AD_PROVIDER_TARGET_INVALID' },
        takesSecret: { request: request({ ends: 'well', secret: VALUE }), name: 'TOKEN', value: VALUE },
      },
      finish: (taskId) => cloud.finish(taskId),
      executions: (taskId) => cloud.executions.filter((one) => one === taskId).length,
      running: (taskId) => cloud.running(taskId),
      alive: () => [...cloud.rooms.keys()],
      deadline: { ms: 60_000, pass: (deadline) => cloud.expireAt(deadline) },
      breakDown: () => cloud.breakDown(),
      dispose: () => undefined,
    };
  },
};

/** What makes a broken driver of a sound one. */
export type Break = (sound: MemoryDriver, errors: ErrorFactory) => Partial<MemoryDriver>;

/** @returns titles of the tests that failed, without the combination before them. */
export async function failuresOf(
  broken: Break = () => ({}),
  options: Partial<ProviderContractOptions> = {},
): Promise<string[]> {
  return [...(await messagesOf(broken, options)).keys()];
}

/** @param wanted title of the only test to run. @returns by title of each test that failed, what it said. */
export async function messagesOf(
  broken: Break,
  options: Partial<ProviderContractOptions> = {},
  wanted?: string,
): Promise<Map<string, string>> {
  const tests: { title: string; run: () => Promise<void> }[] = [];
  runProviderContract({
    test: (title, run) => tests.push({ title, run }),
    createProvider(host) {
      const errors = host.resolve(Symbol.for('agentdispatch:errors@1')) as ErrorFactory;
      const sound = memoryDriver(errors);
      return { drivers: { rooms: { ...sound, ...broken(sound, errors) } } };
    },
    manifest: MANIFEST,
    cases: [ROOMS],
    ...options,
  });
  const failures = new Map<string, string>();
  for (const { title: whole, run } of tests) {
    const title = whole.slice(whole.indexOf(': ') + 1).trim();
    if (wanted !== undefined && title !== wanted) continue;
    await run().catch((error: unknown) => failures.set(title, (error as Error).message));
  }
  return failures;
}
