// agentdispatch artifacts: the files that a task left behind.
import { Args } from '@oclif/core';
import { ControlPlaneCommand } from '../base-command.js';
import { renderArtifacts } from '../output/artifacts.js';
import { listArtifacts } from '../run/fetch-artifact.js';

export default class ListArtifacts extends ControlPlaneCommand {
  static override summary = 'List the files that a task left behind.';
  static override args = { task: Args.string({ required: true, description: 'Task id.' }) };
  static override examples = [
    '<%= config.bin %> artifacts <task>',
    '<%= config.bin %> artifacts get <task> --all -o out',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ListArtifacts);
    const answer = await this.withControlPlane(flags, (controlPlane) => listArtifacts(controlPlane, args.task));
    const { task_id: taskId, status, terminal, artifacts = [] } = answer;
    this.show(flags, { task_id: taskId, status, terminal, artifacts }, () =>
      artifacts.length === 0 ? noneYet(terminal) : renderArtifacts(taskId, artifacts),
    );
  }
}

const noneYet = (terminal: boolean): string => (terminal ? 'No artifacts.' : 'No artifacts yet; the task goes on.');
