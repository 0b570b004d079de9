// Before a command of the plugin installer: packages are unpacked, never run. A plugin's code is first imported when the
// router has chosen it.
import type { Hook } from '@oclif/core';

/** npm takes its settings from variables in any spelling. */
const IGNORE_SCRIPTS = /^npm_config_ignore[_-]scripts$/i;

const hook: Hook.Prerun = async function ({ Command }) {
  if (!Command.id.startsWith('plugins')) return;
  const spellings = Object.keys(process.env).filter((name) => IGNORE_SCRIPTS.test(name));
  for (const name of ['npm_config_ignore_scripts', ...spellings]) process.env[name] = 'true';
};

export default hook;
