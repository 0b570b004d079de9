// Before a command of the plugin installer: packages are unpacked, never run. A plugin's code is first imported when the
// router has chosen it.
import type { Hook } from '@oclif/core';

const hook: Hook.Prerun = async function ({ Command }) {
  if (Command.id.startsWith('plugins')) process.env['npm_config_ignore_scripts'] ??= 'true';
};

export default hook;
