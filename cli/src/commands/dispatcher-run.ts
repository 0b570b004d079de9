// agentdispatch dispatcher run: the dispatcher in this process, for service managers and containers.
import { Flags } from '@oclif/core';
import { LocalCommand } from '../base-command.js';
import { connectOptions } from '../front-door.js';
import { printNotice } from '../output/print.js';

const ready = `Dispatcher runs as process ${process.pid}. End it with Ctrl-C or \`agentdispatch dispatcher stop\`.`;

export default class DispatcherRun extends LocalCommand {
  static override summary = 'Run the dispatcher in this process until it is told to stop.';
  static override flags = {
    foreground: Flags.boolean({
      required: true,
      description: 'Stay in the foreground; commands start one in the background themselves.',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(DispatcherRun);
    const { runDispatcher } = await import('@agent-dispatch/core/dispatcher');
    await runDispatcher(connectOptions(flags), () => printNotice(ready));
  }
}
