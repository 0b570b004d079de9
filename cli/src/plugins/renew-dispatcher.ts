// A dispatcher reads the plugins when it starts. After a change the idle one is ended, so that the next command starts
// one that knows of it; one at work is left alone.
import { connectOptions } from '../front-door.js';
import { printNotice } from '../output/print.js';

/** Errors: AD_CONFIG_*, AD_DISPATCHER_UNREACHABLE. */
export async function renewDispatcher(): Promise<void> {
  const { dispatcherStatus, stopDispatcher } = await import('@agent-dispatch/core/dispatcher');
  const status = await dispatcherStatus(connectOptions({}));
  if (status === undefined) return;
  if (status.openTasks > 0) return printNotice(atWork(status.openTasks));
  await stopDispatcher(connectOptions({}));
}

const atWork = (openTasks: number): string =>
  `The running dispatcher has ${openTasks} open tasks and keeps the plugins it started with. Once they have ended: agentdispatch dispatcher stop`;
