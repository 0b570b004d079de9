// agentdispatch dispatcher stop: ends it in order, or kills one that does not answer. Its tasks are taken up again by
// the next one.
import { Flags } from '@oclif/core';
import { LocalCommand } from '../base-command.js';
import { connectOptions } from '../front-door.js';

export default class DispatcherStop extends LocalCommand {
  static override summary = 'Stop the dispatcher; the next one goes on with its tasks.';

  static override flags = {
    force: Flags.boolean({ description: 'Kill it: for one that does not answer.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DispatcherStop);
    const { stopDispatcher } = await import('@agent-dispatch/core/dispatcher');
    const stopped = await stopDispatcher(connectOptions(flags), flags.force);
    this.show(flags, { stopped }, () => (stopped ? 'Stopped.' : 'No dispatcher runs.'));
  }
}
