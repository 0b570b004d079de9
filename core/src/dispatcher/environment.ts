// What of a front door's environment reaches the dispatcher, and through it the drivers: names, never everything.

/** Locations, locale and proxies: what programs need to run at all. Nothing secret. */
const BASE = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SYSTEMROOT',
  'COMSPEC',
  'PATHEXT',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'XDG_DATA_HOME',
  'XDG_STATE_HOME',
  'XDG_CONFIG_HOME',
  'XDG_CACHE_HOME',
  'XDG_RUNTIME_DIR',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'AGENTDISPATCH_DATA_DIR',
  'AGENTDISPATCH_STATE_DIR',
] as const;

/** The variables of `env` that a dispatcher starts with. */
export const baseEnvironment = (env: NodeJS.ProcessEnv): Record<string, string> => pick(env, BASE);

/** Variables by which an OpenTelemetry SDK is configured. Those of an exporter may hold credentials. */
export const telemetryEnvironment = (env: NodeJS.ProcessEnv): Record<string, string> =>
  pick(
    env,
    Object.keys(env).filter((name) => name.startsWith('OTEL_')),
  );

/** The named variables, as far as they are set. */
export function pick(env: NodeJS.ProcessEnv, names: readonly string[]): Record<string, string> {
  const found = names.map((name) => [name, env[name]] as const).filter(([, value]) => value !== undefined);
  return Object.fromEntries(found) as Record<string, string>;
}
