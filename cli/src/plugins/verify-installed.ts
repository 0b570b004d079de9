// Judges what was just installed by the same reading that every front door does later; what fails is removed again.
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import type { Interfaces } from '@oclif/core';
import type { KnownProvider } from '@agent-dispatch/core';
import { DispatchError, fromJson } from '@agent-dispatch/core/errors';
import { pluginHost, readConfiguration } from '../front-door.js';
import { printNotice } from '../output/print.js';
import { remembered, type Requested } from './requested.js';

/** Errors: AD_PLUGIN_MANIFEST, AD_PLUGIN_INCOMPATIBLE, AD_PLUGIN_NOT_ALLOWED, AD_PLUGIN_DUPLICATE; the package is gone then. */
export async function verifyInstalled(config: Interfaces.Config): Promise<void> {
  const requested = remembered()?.requested;
  if (requested === undefined) return;
  const name = await installedName(config.dataDir, requested);
  const error = await objection(config.dataDir, name);
  if (error === undefined) return;
  printNotice(`Removing ${name} again.`);
  await config.runCommand('plugins:uninstall', [name]);
  throw error;
}

/** A package from a repository has its name only now. */
async function installedName(dataDir: string, requested: Requested): Promise<string> {
  if (requested.type === 'npm') return requested.name;
  const record = JSON.parse(await readFile(path.join(dataDir, 'package.json'), 'utf8')) as {
    oclif?: { plugins?: { name: string; url?: string }[] };
  };
  const entry = record.oclif?.plugins?.find(({ url }) => url === requested.url);
  if (entry !== undefined) return entry.name;
  throw new DispatchError('AD_PLUGIN_INSTALL', `The installer has no record of ${requested.url}.`);
}

async function objection(dataDir: string, name: string): Promise<DispatchError | undefined> {
  const known = await findInstalled(await realpath(path.join(dataDir, 'node_modules', name)));
  if (known === undefined)
    return new DispatchError('AD_PLUGIN_MANIFEST', `${name} is no provider: its package.json lacks the keyword.`, {
      hint: 'Install a package with the keyword agentdispatch-provider.',
    });
  return known.error === undefined ? undefined : fromJson(known.error);
}

async function findInstalled(root: string): Promise<KnownProvider | undefined> {
  const host = await pluginHost(await readConfiguration({}));
  return host.providers().find((known) => known.root === root);
}
