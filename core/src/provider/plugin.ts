// What a provider package exports, and what the host gives it. No class of the host crosses this boundary.
import type { Driver } from './driver.js';

/** Default export of a provider package. Importing the module must have no effect. */
export interface ProviderPlugin {
  /** The contract this plugin was written for; the same number as in its manifest. */
  readonly apiVersion: 1;
  /**
   * Called: once per process, when a task is first routed here. Must not do I/O; cloud SDKs are imported inside the verbs.
   */
  create(host: PluginHost): Provider | Promise<Provider>;
}

export interface Provider {
  /** One for each driver in the manifest, by name. Each has the verbs that the manifest declares, and no other. */
  readonly drivers: Readonly<Record<string, Driver>>;
  /** Called at shutdown; closes sockets. Work begun goes on. */
  close?(): Promise<void>;
}

/**
 * The host's services. A token is `Symbol.for("agentdispatch:<service>@<major>")`, the same symbol in every copy of
 * every package, so that a plugin needs nothing of the host at run time.
 *
 * | token | service |
 * |---|---|
 * | `agentdispatch:errors@1` | ErrorFactory |
 */
export interface PluginHost {
  /** Throws AD_PLUGIN_CONTRACT for a service that this host does not have. */
  resolve(token: symbol): unknown;
}

/** Makes coded errors: `host.resolve(Symbol.for("agentdispatch:errors@1")) as ErrorFactory`. */
export interface ErrorFactory {
  /**
   * @param code one of the registry's; an unknown one becomes AD_PROVIDER_INTERNAL.
   * @param message what happened, with ids; one sentence, no secret.
   */
  create(
    code: string,
    message: string,
    more?: { hint?: string; details?: Record<string, unknown>; cause?: unknown },
  ): Error;
}
