// What the engine needs from the folders above it, injected by container.ts.
import type { DispatchRequest, Protocol, TaskRecord } from '@agent-dispatch/schemas';
import type { ProtocolDriver } from '../protocol/protocol-driver.js';
import type { AccountProfile, Clock, Driver, Logger, Redactor } from '../provider/index.js';
import type { TaskStore } from '../store/index.js';
import type { AdmissionRule } from './admission.js';
import type { Tracer } from './tracer.js';

/** Drivers by name; a plugin's code is imported at the first call for its provider. */
export interface DriverSource {
  /** Errors: AD_PLUGIN_NOT_FOUND, AD_PLUGIN_LOAD, AD_PLUGIN_CONTRACT. */
  load(provider: string, driver: string): Promise<Driver>;
}

/** The account profiles of the configuration. */
export interface AccountSource {
  /** Errors: AD_ROUTE_UNKNOWN_ACCOUNT. */
  profile(name: string): AccountProfile;
  /** SHA-256 of the profile's settings, as stored in a task's route. */
  digest(name: string): string;
  /** The host's environment variables that the provider's manifest lets this profile see. */
  environment(name: string): Readonly<Record<string, string>>;
}

/** Finds the values behind secret references. */
export interface SecretSource {
  /** Errors: AD_CONFIG_SECRET_UNRESOLVED. */
  resolve(references: NonNullable<DispatchRequest['secrets']>): Promise<Record<string, string>>;
}

/** Protocol drivers of the host. */
export interface ProtocolSource {
  /** Errors: AD_PROTOCOL_UNSUPPORTED. */
  get(protocol: Protocol): Promise<ProtocolDriver>;
}

/** A private directory for each provider, inside the state directory. */
export type ProviderDirectory = (provider: string) => string;

export type Route = TaskRecord['route'];

/** Removes secrets from what leaves the engine: known values exactly, others by their shape. */
export interface OutputRedactor extends Redactor {
  json(value: unknown): unknown;
  /** For text that comes in pieces: a secret split between two is found too. */
  stream(): { push(chunk: string): string; flush(): string; readonly holdsBack: boolean };
}

export interface EnginePorts {
  store: TaskStore;
  drivers: DriverSource;
  accounts: AccountSource;
  secrets: SecretSource;
  protocols: ProtocolSource;
  directory: ProviderDirectory;
  redactor: (values: readonly string[]) => OutputRedactor;
  clock: Clock;
  logger: Logger;
  tracer: Tracer;
  /** The limits that a task counts against: over all, and of its account, driver and runtime profile. */
  slots: (request: TaskRecord['request'], route: Route) => AdmissionRule[];
  /** Waits until it is the task's turn to ask the cloud for the state of its work. */
  pace: (route: Pick<Route, 'account' | 'provider' | 'driver'>, signal: AbortSignal) => Promise<void>;
}
