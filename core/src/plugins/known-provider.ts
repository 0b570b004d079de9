// A provider the host knows of, whether or not its code is loaded, usable or even installed.
import type { DispatchErrorJson, ProviderManifest } from '@agent-dispatch/schemas';

/** Where a plugin was found, in order of precedence; `catalogue` knows the manifest but has no code. */
export type PluginSource = 'config' | 'installed' | 'bundled' | 'catalogue';

export interface KnownProvider {
  /** The provider's id; the package name where a broken plugin has no readable manifest. */
  readonly provider: string;
  readonly packageName: string;
  readonly version: string;
  readonly source: PluginSource;
  /** Absolute path of the package; absent for `not-installed`. */
  readonly root?: string;
  /** Absent only for a plugin broken before its manifest could be read. */
  readonly manifest?: ProviderManifest;
  /** SHA-256 of the manifest's canonical JSON. */
  readonly manifestDigest?: string;
  /** ready: can be loaded. loaded: its code runs. broken: see error. not-installed: known from the catalogue alone. */
  readonly state: 'ready' | 'loaded' | 'broken' | 'not-installed';
  readonly error?: DispatchErrorJson;
}
