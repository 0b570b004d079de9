// After a command that changed the installed plugins.
import type { Hook } from '@oclif/core';
import { toDispatchError } from '@agent-dispatch/core/errors';
import { renderFailure } from '../output/failure.js';
import { printNotice } from '../output/print.js';
import { renewDispatcher } from '../plugins/renew-dispatcher.js';

const CHANGES = ['install', 'uninstall', 'update', 'link', 'reset'].map((name) => `plugins:${name}`);

const hook: Hook.Postrun = async function ({ Command }) {
  if (!CHANGES.includes(Command.id)) return;
  // The change itself is made: what fails now is told and does not undo it.
  await renewDispatcher().catch((error: unknown) => printNotice(renderFailure(toDispatchError(error))));
};

export default hook;
