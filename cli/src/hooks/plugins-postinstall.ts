// After a plugin was unpacked: it must be a provider that this version can use, or it is removed again.
import type { Hook } from '@oclif/core';
import { toDispatchError } from '@agent-dispatch/core/errors';
import { verifyInstalled } from '../plugins/verify-installed.js';
import { forOclif } from './for-oclif.js';

const hook: Hook<'plugins:postinstall'> = async function ({ config }) {
  try {
    await verifyInstalled(config);
  } catch (error) {
    throw forOclif(toDispatchError(error, 'AD_PLUGIN_INSTALL'));
  }
};

export default hook;
