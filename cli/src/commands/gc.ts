// agentdispatch gc: what the accounts hold that no task here holds, and its removal.
import { Flags } from '@oclif/core';
import { ControlPlaneCommand } from '../base-command.js';
import { renderGarbage } from '../output/garbage.js';
import { caller } from '../front-door.js';

export default class Gc extends ControlPlaneCommand {
  static override summary = 'Show what was left behind in the accounts, and remove it with --apply.';
  static override examples = ['<%= config.bin %> gc', '<%= config.bin %> gc --apply'];
  static override flags = {
    apply: Flags.boolean({ description: 'Remove what no task holds, and try again what was given up.' }),
    owner: Flags.string({
      description:
        'Show what belongs to another installation too: its id, or any. With --apply, what the named one left is removed.',
      helpValue: '<installation>',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Gc);
    const { apply, owner } = flags;
    const input = { ...(apply && { apply }), ...(owner !== undefined && { owner }) };
    const answer = await this.withControlPlane(flags, (controlPlane) => controlPlane.gc(input, { caller: caller() }));
    this.show(flags, answer, renderGarbage);
    if (answer.findings.some(({ action }) => action === 'failed')) this.exitWith(1);
  }
}
