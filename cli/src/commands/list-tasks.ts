// agentdispatch list: the tasks of this installation, newest first.
import { Flags } from '@oclif/core';
import { ControlPlaneCommand } from '../base-command.js';
import { printNotice } from '../output/print.js';
import { renderTasks } from '../output/task.js';
import { pairs, withoutAbsent } from '../run/pairs.js';

export default class ListTasks extends ControlPlaneCommand {
  static override summary = 'List tasks, newest first.';
  static override examples = [
    '<%= config.bin %> list --status open',
    '<%= config.bin %> list --label team=docs --json',
  ];
  static override flags = {
    status: Flags.string({ multiple: true, description: 'Status, or open or ended; may be repeated.' }),
    label: Flags.string({ multiple: true, description: 'Only tasks with this label.', helpValue: '<name=value>' }),
    group: Flags.string({ description: 'Only tasks of this group.' }),
    parent: Flags.string({ description: 'Only tasks started by this task.', helpValue: '<task>' }),
    since: Flags.string({ description: 'Only tasks created since then, in ISO 8601.', helpValue: '<time>' }),
    limit: Flags.integer({ description: 'At most so many (1 to 100). Default 20.' }),
    cursor: Flags.string({ description: 'Continue the list that gave this cursor.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ListTasks);
    const { status, label, group, parent, since, limit, cursor } = flags;
    const input = withoutAbsent({ status, label: pairs('label', label), group, parent, since, limit, cursor });
    const answer = await this.withControlPlane(flags, (controlPlane) => controlPlane.list(input));
    this.show(flags, answer, ({ tasks }) => (tasks.length === 0 ? 'No tasks.' : renderTasks(tasks)));
    if (!flags.json && answer.next_cursor !== undefined)
      printNotice(`More: repeat with --cursor ${answer.next_cursor}`);
  }
}
