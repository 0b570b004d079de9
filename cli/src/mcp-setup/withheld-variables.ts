// Which environment variables the configured accounts and secrets may need that a client keeps from its servers. Names
// alone: no value is read here.
import { baseEnvironment, wantedVariables, type KnownProvider, type LoadedConfig } from '@agent-dispatch/core';
import type { Recipe, Variables } from './recipe.js';

export interface NeedsOptions {
  config: LoadedConfig;
  providers: readonly KnownProvider[];
  env: NodeJS.ProcessEnv;
  passes: Recipe['passes'];
}

/** What a machine that has none of it does without: no word about those that are not set. */
const OF_THE_MACHINE =
  /^(LANG|LANGUAGE|LC_.*|LOGNAME|TERM|TZ|USERPROFILE|TMPDIR|XDG_.*|.*_PROXY|SSL_CERT_.*|NODE_EXTRA_CA_CERTS)$/i;

export function withheldVariables({ config, providers, env, passes }: NeedsOptions): Variables {
  const wanted = wantedVariables(config.config, providers);
  const names = [...new Set([...wanted, ...Object.keys(baseEnvironment(env))])].sort();
  const withheld = names.filter((name) => !isPassed(name, passes));
  const isSet = (name: string): boolean => (env[name] ?? '') !== '';
  return { set: withheld.filter(isSet), unset: withheld.filter((name) => !isSet(name) && !OF_THE_MACHINE.test(name)) };
}

function isPassed(name: string, passes: Recipe['passes']): boolean {
  if (passes === 'everything') return true;
  return passes.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
}
