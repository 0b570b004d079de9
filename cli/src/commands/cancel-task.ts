// agentdispatch cancel: asks the task's owner to stop the work. Durable when it returns, repeatable.
import { Args, Flags } from '@oclif/core';
import { ControlPlaneCommand } from '../base-command.js';
import { caller } from '../front-door.js';

export default class CancelTask extends ControlPlaneCommand {
  static override summary = 'Stop a task.';
  static override args = { task: Args.string({ required: true, description: 'Task id.' }) };
  static override flags = { reason: Flags.string({ description: 'Why; kept with the task.' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(CancelTask);
    const { reason } = flags;
    const input = { task_id: args.task, ...(reason !== undefined && { reason }) };
    const answer = await this.withControlPlane(flags, (controlPlane) =>
      controlPlane.cancel(input, { caller: caller() }),
    );
    this.show(flags, answer, ({ task_id: taskId, status, terminal = false, cancel_level: level }) => {
      if (terminal) return `${taskId} has ended: ${status}.`;
      const reached = level === undefined ? '' : ` (${level})`;
      return `${taskId} is being stopped${reached}. See the end with: agentdispatch wait ${taskId}`;
    });
  }
}
