// A control plane as container.ts composes it, over the engine's test host: a store in memory, simulated time and a
// scripted driver behind one runtime profile, `helper`.
import { tmpdir } from 'node:os';
import {
  validate,
  type Config,
  type ContractName,
  type ProviderManifest,
  type TaskView,
} from '@agent-dispatch/schemas';
import { needsClarification, type DispatchOutcome } from '../../control-plane.js';
import { Host, type HostOptions } from '../../engine/testdata/host.js';
import { DEFAULT_LIMITS, InputCapture } from '../../capture/index.js';
import { Intake } from '../../intake/index.js';
import type { KnownProvider, PluginHost } from '../../plugins/index.js';
import type { CheckFinding } from '../../provider/index.js';
import { newTaskId } from '../../store/index.js';
import { LocalControlPlane } from '../local-control-plane.js';
import type { Operations } from '../operation.js';
import { WaitingRoom } from '../waiting-room.js';

const MANIFEST: ProviderManifest = {
  apiVersion: 1,
  provider: 'scripted',
  title: 'Scripted',
  account: { settings: { type: 'object', properties: {} } },
  drivers: [
    {
      name: 'actor',
      title: 'Actor',
      capability: 'agent-runtime',
      offers: [
        {
          taskTypes: ['agent.run'],
          targetModes: ['runtime'],
          protocols: ['stdio'],
          spokenBy: 'driver',
          accepts: ['context', 'continueFrom', 'inputs'],
          resume: true,
          send: 'at-most-once',
        },
      ],
      targets: { runtime: { type: 'object', properties: {}, additionalProperties: false } },
      features: { logs: 'live', cancel: 'stopped', cleanupProof: 'verified', isolation: 'process', sweep: true },
    },
  ],
};

const CONFIG: Config = {
  accounts: { dev: { provider: 'scripted' } },
  runtimes: { helper: { account: 'dev', target: { mode: 'runtime', protocol: 'stdio' } } },
  defaults: { runtime: 'helper' },
};

const PROVIDER: KnownProvider = {
  provider: 'scripted',
  packageName: '@acme/provider-scripted',
  version: '1.0.0',
  source: 'config',
  manifest: MANIFEST,
  manifestDigest: 'd'.repeat(64),
  state: 'ready',
};

const checking = (check: true | 'offline'): KnownProvider => ({
  ...PROVIDER,
  manifest: {
    ...MANIFEST,
    drivers: MANIFEST.drivers.map((driver) => ({ ...driver, features: { ...driver.features, check } })),
  },
});

export interface DeskOptions extends Pick<HostOptions, 'ports'> {
  /** What the driver declares of its verb check, and what that finds. */
  check?: { declared: true | 'offline'; findings: CheckFinding[] };
}

export class Desk {
  private constructor(
    readonly host: Host,
    /** Lines of the audit file. */
    readonly audit: readonly object[],
    readonly operations: Operations,
    readonly controlPlane: LocalControlPlane,
  ) {}

  static async open({ ports = {}, check }: DeskOptions = {}): Promise<Desk> {
    const host = await Host.start({ ports });
    const provider = check === undefined ? PROVIDER : checking(check.declared);
    const config = {
      config: structuredClone(CONFIG),
      baseDir: '/base',
      stateDir: '/base/state',
      digest: 'e'.repeat(64),
      locate: () => undefined,
    };
    const plugins = {
      find: (name: string) => (name === provider.provider ? provider : undefined),
      providers: () => [provider],
      load: async () => ({
        ...host.driver.driver,
        sweep: () => host.driver.sweep(),
        ...(check && { check: async () => check.findings }),
      }),
    } as unknown as PluginHost;
    const { accounts, secrets, redactor, clock, logger, tracer, directory, pace, store } = host.ports;
    const intake = new Intake({ config, providers: () => [provider], accountDigest: (name) => accounts.digest(name) });
    let messages = 0;
    const newMessageId = (): string => `msg_${String((messages += 1))}`;
    const newId = (): string => newTaskId(store.now());
    const audit: object[] = [];
    const trail = { write: async (line: object) => void audit.push(line) };
    const services = { audit: trail, accounts, secrets, redactor, clock, logger, tracer, directory, pace, store };
    const inputs = new InputCapture({ stateDir: tmpdir(), environment: {}, limits: DEFAULT_LIMITS });
    const ids = { newTaskId: newId, newMessageId };
    const waits = new WaitingRoom(store, clock);
    const operations: Operations = { ...services, telemetry: {}, config, plugins, intake, inputs, waits, ...ids };
    return new Desk(host, audit, operations, new LocalControlPlane(operations, () => host.stop()));
  }

  /** A task whose arguments are good. */
  async spawn(more: Partial<Parameters<LocalControlPlane['spawn']>[0]> = {}): Promise<TaskView> {
    const outcome: DispatchOutcome = await this.controlPlane.spawn({ instruction: 'do it', ...more });
    if (needsClarification(outcome)) throw new Error(JSON.stringify(outcome.questions));
    return fitting('TaskView', outcome);
  }

  /** A task that has ended. */
  async ended(status: 'succeeded' | 'failed' = 'succeeded'): Promise<string> {
    const { task_id } = await this.spawn();
    await this.host.until(task_id, status);
    return task_id;
  }
}

/** The value, if it is what the contract says. */
export function fitting<Value>(contract: ContractName, value: Value): Value {
  const problems = validate(contract, JSON.parse(JSON.stringify(value)));
  if (problems.length > 0) throw new Error(`not a ${contract}: ${JSON.stringify(problems)}`);
  return value;
}
