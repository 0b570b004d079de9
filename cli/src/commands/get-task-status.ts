// agentdispatch status: one look at a task. The bin file answers it without this class where it can (quick/status.ts).
import { Args } from '@oclif/core';
import { ControlPlaneCommand } from '../base-command.js';
import { renderTask } from '../output/task.js';

export default class GetTaskStatus extends ControlPlaneCommand {
  static override summary = 'Show where a task stands.';
  static override args = { task: Args.string({ required: true, description: 'Task id.' }) };
  static override examples = ['<%= config.bin %> status task_01ABC'];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(GetTaskStatus);
    const view = await this.withControlPlane(flags, (controlPlane) => controlPlane.get({ task_id: args.task }));
    this.show(flags, view, renderTask);
  }
}
