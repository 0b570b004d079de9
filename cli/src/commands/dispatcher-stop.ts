// agentdispatch dispatcher stop: ends it in order. Its tasks are taken up again by the next one.
import { LocalCommand } from '../base-command.js';
import { connectOptions } from '../front-door.js';

export default class DispatcherStop extends LocalCommand {
  static override summary = 'Stop the dispatcher; the next one goes on with its tasks.';

  async run(): Promise<void> {
    const { flags } = await this.parse(DispatcherStop);
    const { stopDispatcher } = await import('@agent-dispatch/core/dispatcher');
    const stopped = await stopDispatcher(connectOptions(flags));
    this.show(flags, { stopped }, () => (stopped ? 'Stopped.' : 'No dispatcher runs.'));
  }
}
