// What a provider package holds and exports, and what the host gives it. No class of the host crosses this boundary.
import type { Driver } from './driver.js';

/**
 * Default export of a provider package. Importing the module must have no effect.
 *
 * The package is known by its package.json, which the host reads as data:
 *
 * | key | value |
 * |---|---|
 * | `keywords` | holds `agentdispatch-provider` |
 * | `agentdispatch.manifest` | path of the manifest inside the package; it follows provider-manifest.schema.json |
 * | `exports` (its `.`) or `main` | the ES module with this default export; default `index.js` |
 * | `engines.agentdispatch` | optional: range of host versions |
 * | `oclif` | `{}`; without it `agentdispatch plugins install` refuses the package |
 *
 * A configuration lists it in `plugins`, by name or path. A dispatcher reads package and manifest when it starts and
 * keeps the code it has imported: after a change, `agentdispatch dispatcher stop`. `agentdispatch doctor` tells what is
 * wrong with package and manifest, `doctor --live` also what is wrong with the code.
 */
export interface ProviderPlugin {
  /** The contract this plugin was written for; the same number as in its manifest. */
  readonly apiVersion: 1;
  /**
   * Called: once per process, when a task is first routed here. Must not do I/O; cloud SDKs are imported inside the verbs.
   * Errors: whatever it throws, AD_PLUGIN_LOAD; drivers or verbs other than the manifest's, AD_PLUGIN_CONTRACT. The
   * provider cannot be used in this process then.
   */
  create(host: PluginHost): Provider | Promise<Provider>;
}

export interface Provider {
  /** One for each driver in the manifest, by name. Each has the verbs that the manifest declares, and no other. */
  readonly drivers: Readonly<Record<string, Driver>>;
  /** Called once, at shutdown; closes sockets. Work begun goes on. */
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
   * @param code one of core/docs/errors.md, as a rule an AD_PROVIDER_ one: it decides fault, exit code and whether a
   * retry makes sense. An unknown one becomes AD_PROVIDER_INTERNAL and stands in `details.code`.
   * @param message what happened, with ids; one sentence, no secret.
   * @param more `hint`: the next action, default the code's own. `details.ambiguous: true`: nobody knows whether a
   * request had its effect.
   */
  create(
    code: string,
    message: string,
    more?: { hint?: string; details?: Record<string, unknown>; cause?: unknown },
  ): Error;
}
