// Before a command: its help must show the flags that providers declare, which the stored list of commands cannot hold.
import type { Hook } from '@oclif/core';

const HELP = ['--help', '-h'];

const hook: Hook.Init = async function ({ id, argv, config }) {
  const asked = id === 'init' ? argv.some((word) => HELP.includes(word)) : id === 'help' && argv[0] === 'init';
  const command = asked ? config.findCommand('init') : undefined;
  if (command === undefined) return;
  const { knownOffers } = await import('../init/known-offers.js');
  const { oclifFlags } = await import('../init/setting-flags.js');
  const flags = oclifFlags(await knownOffers(process.cwd()), Object.keys(command.flags));
  for (const [name, { description, helpGroup, helpValue }] of Object.entries(flags))
    command.flags[name] = { name, type: 'option', description, helpGroup, helpValue, multiple: false };
};

export default hook;
