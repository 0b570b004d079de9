// The providers that a new configuration could use: installed, bundled, or known from the catalogue.
import type { LoadedConfig } from '@agent-dispatch/core';
import { pluginHost } from '../front-door.js';
import { offered, type Offered } from './setting-flags.js';

/** Found without the configuration of the directory, which may be what is to be replaced. */
export async function knownOffers(directory: string): Promise<Offered[]> {
  const none: LoadedConfig = {
    config: {},
    baseDir: directory,
    stateDir: directory,
    digest: '',
    locate: () => undefined,
  };
  return offered((await pluginHost(none)).providers());
}
