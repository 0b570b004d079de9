// Before a plugin is installed: its name must be one that the configuration allows. What the package holds is judged
// when it is there, by plugins-postinstall.ts.
import type { Hook } from '@oclif/core';
import { toDispatchError } from '@agent-dispatch/core/errors';
import { readConfiguration } from '../front-door.js';
import { keepOwnPlugins } from '../own-config.js';
import { refuseUnlisted } from '../plugins/allowed.js';
import { remember } from '../plugins/requested.js';
import { forOclif } from './for-oclif.js';

const hook: Hook.PluginsPreinstall = async function ({ plugin, config: oclif }) {
  keepOwnPlugins(oclif);
  try {
    const { config } = await readConfiguration({});
    refuseUnlisted(plugin, config.allowPlugins);
    remember({ requested: plugin, dataDir: oclif.dataDir });
  } catch (error) {
    throw forOclif(toDispatchError(error));
  }
};

export default hook;
