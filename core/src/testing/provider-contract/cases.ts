// What a provider's author gives the contract: for each declared combination an outside world, and requests that do in it
// what the kit needs. Types alone.
import type { DispatchRequest, ProviderManifest, ProviderManifestOffer as Offer } from '@agent-dispatch/schemas';
import type { AccountProfile, PluginHost, Provider } from '../../provider/index.js';

export interface ProviderContractOptions {
  /** Registers one test: Jest's, Vitest's or node:test's. Some tests take seconds: give them a minute. */
  test: (title: string, run: () => Promise<void>) => unknown;
  /** A fresh instance of the plugin, as another process would make it: nothing may be carried over in memory. */
  createProvider: (host: PluginHost) => Provider | Promise<Provider>;
  manifest: ProviderManifest;
  /** One for every combination that the manifest declares. A missing one fails; only the manifest makes the kit skip anything. */
  cases: readonly ProviderCase[];
}

/** One of the manifest's combinations. */
export interface ProviderCase {
  driver: string;
  taskType: DispatchRequest['taskType'];
  targetMode: DispatchRequest['target']['mode'];
  protocol: DispatchRequest['target']['protocol'];
  /** As the offer has it. The requests have these details. */
  where?: Offer['where'];
  /** A fresh outside world for one test: nothing of ours is in it. */
  open: () => Promise<ProviderWorld>;
}

/**
 * The cloud (or a fake of it at the wire), the machine, whatever the work runs on. It counts for itself: never by what
 * the driver says.
 */
export interface ProviderWorld {
  account: AccountProfile;
  /** What the host hands over of its environment. Default: nothing. */
  environment?: Readonly<Record<string, string>>;
  /** Private directory of the provider in an installation. Default: one that does not exist. */
  directory?: (installationId: string) => string;
  /** Values of credentials that the account or the environment holds: none may come out of the driver. */
  credentials?: readonly string[];
  requests: WorldRequests;
  /** Lets the task's `runs` end well, now or as soon as it begins. Absent where nothing but a cancel ends it. */
  finish?: (taskId: string) => unknown;
  /** How often work was begun for the task, all attempts and installations together. */
  executions: (taskId: string) => number | Promise<number>;
  /** Work of the task that runs at this moment. */
  running: (taskId: string) => number | Promise<number>;
  /** All that is there because of us (work, machines, sessions, files), in words. */
  alive: () => readonly string[] | Promise<readonly string[]>;
  /** True where the service has no list of what work holds here: `sweep` finds nothing of it then. Default false. */
  unlisted?: boolean;
  /** What is there and was there before: must stay. */
  borrowed?: () => readonly string[] | Promise<readonly string[]>;
  /** Absent where the world cannot tell whether work outlives its deadline. */
  deadline?: WorldDeadline;
  /** From now on whatever the driver asks of the world fails in a way that nobody foresaw. Absent where there is nothing to ask. */
  breakDown?: () => unknown;
  /** Ends everything, also what no driver finds after a breakdown. @throws when the world itself failed. */
  dispose: () => unknown;
}

export interface WorldDeadline {
  /** How far off a deadline is that a test waits for. Milliseconds. */
  ms: number;
  /** Lets the deadline pass, and the grace after which the cloud itself ends what costs money; real time may do that alone. */
  pass: (deadline: number) => unknown;
}

/** Requests of the case's task type, mode and protocol. Their input is given to any number of tasks. */
export interface WorldRequests {
  /** Ends well by itself. `output`: all that it prints, in order; at least two events of output where `logs` is `live`. */
  succeeds: { request: DispatchRequest; output: string };
  /** Ends badly by itself, with this code. */
  fails: { request: DispatchRequest; code: string };
  /** Says something, then runs until `finish` or a cancel. */
  runs: DispatchRequest;
  /** Has details that the driver cannot use. */
  unusable: { request: DispatchRequest; code: string };
  /** Needed where the offer accepts secrets. Ends well only when the secret of this name has this value; does not print it. */
  takesSecret?: { request: DispatchRequest; name: string; value: string };
}
