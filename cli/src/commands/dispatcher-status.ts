// agentdispatch dispatcher status: who owns the state directory. Starts nothing.
import { LocalCommand } from '../base-command.js';
import { EXIT } from '../exit-codes.js';
import { connectOptions } from '../front-door.js';
import { duration } from '../output/duration.js';

export default class DispatcherStatus extends LocalCommand {
  static override summary = 'Show whether a dispatcher runs. Exit code 1 when none does.';

  async run(): Promise<void> {
    const { flags } = await this.parse(DispatcherStatus);
    const { dispatcherStatus } = await import('@agent-dispatch/core/dispatcher');
    const status = await dispatcherStatus(connectOptions(flags));
    this.show(flags, { running: status !== undefined, ...status }, () => {
      if (status === undefined) return 'No dispatcher runs; the next command that needs one starts it.';
      const { pid, version, openTasks, clients, startedAt, stateDir } = status;
      const since = duration(Date.now() - startedAt);
      return `Process ${pid}, version ${version}, running for ${since}: ${openTasks} open tasks, ${clients} clients.\n${stateDir}`;
    });
    if (status === undefined) this.exitWith(EXIT.negative);
  }
}
