// A mistyped command: a coded error with what was probably meant.
import type { Hook } from '@oclif/core';
import { DispatchError } from '@agent-dispatch/core/errors';
import { nearest } from '@agent-dispatch/schemas';
import { forOclif } from './for-oclif.js';

const hook: Hook.CommandNotFound = async function ({ id, config }) {
  // What follows the command may have been taken for a part of its name.
  const words = id.split(':');
  const commands = config.commandIDs.map((known) => known.replaceAll(':', ' '));
  const candidates = [words.join(' '), words.slice(0, 2).join(' '), words[0] ?? ''];
  const meant = candidates.map((typed) => nearest(typed, commands)).find((command) => command !== undefined);
  throw forOclif(
    new DispatchError('AD_INPUT_INVALID', `There is no command "${words.join(' ')}".`, {
      hint:
        meant === undefined ? '`agentdispatch --help` lists the commands.' : `Did you mean \`agentdispatch ${meant}\`?`,
    }),
  );
};

export default hook;
