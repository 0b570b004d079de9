// What can be checked without the control plane: this program's ground, the configuration and the plugins. Each check
// says what to do; none throws for what it finds.
import { randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { KnownProvider, LoadedConfig } from '@agent-dispatch/core';
import type { CheckCloudAgentRuntimeOutput } from '@agent-dispatch/schemas';

export type Check = CheckCloudAgentRuntimeOutput['checks'][number];

const OLDEST_NODE = [20, 19] as const;

export function checkNode(version: string): Check {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const enough = major > OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor >= OLDEST_NODE[1]);
  return enough
    ? { name: 'node', status: 'pass', message: `Node ${version}.` }
    : {
        name: 'node',
        status: 'fail',
        message: `Node ${version} is too old.`,
        fix: `Install Node ${OLDEST_NODE.join('.')} or newer.`,
      };
}

export const checkConfigFile = ({ file }: LoadedConfig): Check =>
  file === undefined
    ? {
        name: 'configuration',
        status: 'warn',
        message: 'None found: the built-in one is used.',
        fix: 'Run `agentdispatch init`.',
      }
    : { name: 'configuration', status: 'pass', message: file };

export async function checkStateDir({ stateDir }: LoadedConfig): Promise<Check> {
  const probe = path.join(stateDir, `.doctor-${randomBytes(6).toString('hex')}`);
  try {
    const { assertPrivateDirectory } = await import('@agent-dispatch/core');
    await mkdir(stateDir, { recursive: true, mode: 0o700 });
    assertPrivateDirectory(stateDir);
    await writeFile(probe, '', { flag: 'wx' });
    return { name: 'state directory', status: 'pass', message: stateDir };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const fix = 'Make it writable for you alone (chmod 700), or set stateDir in the configuration.';
    return { name: 'state directory', status: 'fail', message: `${stateDir} cannot be used: ${why}`, fix };
  } finally {
    await rm(probe, { force: true });
  }
}

/** One for each plugin that is there or that an account needs. */
export function checkPlugins(providers: readonly KnownProvider[], { config }: LoadedConfig): Check[] {
  const needed = new Set(Object.values(config.accounts ?? {}).map(({ provider }) => provider));
  return providers.flatMap(({ provider, packageName, version, source, state, error }): Check[] => {
    const name = `plugin ${packageName}`;
    if (state === 'ready' || state === 'loaded')
      return [{ name, status: 'pass', message: `Provider "${provider}" ${version} (${source}).` }];
    if (state === 'not-installed' && !needed.has(provider)) return [];
    const message = error === undefined ? state : `${error.code}: ${error.message}`;
    return [{ name, status: 'fail', message, ...(error && { fix: error.hint }) }];
  });
}
