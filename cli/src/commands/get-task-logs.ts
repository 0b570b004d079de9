// agentdispatch logs: what a task printed, so far or until its end.
import { Args, Flags } from '@oclif/core';
import type { GetTaskLogsOutput } from '@agent-dispatch/schemas';
import { ControlPlaneCommand } from '../base-command.js';
import { printJson } from '../output/print.js';
import { LogPrinter } from '../output/log-printer.js';
import { readLogs } from '../run/read-logs.js';

export default class GetTaskLogs extends ControlPlaneCommand {
  static override summary = 'Show what a task printed.';
  static override description =
    'Everything goes to stdout. With --json each page of the log is one JSON document, as the operation answers it.';
  static override args = { task: Args.string({ required: true, description: 'Task id.' }) };
  static override flags = {
    follow: Flags.boolean({ char: 'f', description: 'Go on until the task has ended.' }),
    tail: Flags.integer({ min: 1, max: 1000, description: 'Begin with the last so many entries.' }),
    stream: Flags.option({
      options: ['stdout', 'stderr', 'agent', 'system'] as const,
      multiple: true,
      description: 'Only this stream; may be repeated.',
    })(),
    timestamps: Flags.boolean({ description: 'Put the time before each entry.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(GetTaskLogs);
    const { follow, tail, stream, timestamps } = flags;
    const printer = new LogPrinter({ timestamps, out: () => process.stdout });
    const take = async (page: GetTaskLogsOutput): Promise<void> => {
      const entries = stream === undefined ? page.entries : page.entries.filter((one) => stream.includes(one.stream));
      if (flags.json) printJson({ ...page, entries });
      else await printer.print(entries);
    };
    await this.withControlPlane(flags, async (controlPlane) => {
      const pages = readLogs(controlPlane, { taskId: args.task, follow, ...(tail !== undefined && { tail }) });
      for await (const page of pages) await take(page);
      await printer.endLine();
    });
  }
}
