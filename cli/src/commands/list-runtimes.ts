// agentdispatch runtimes: where tasks can go, and why not where they cannot.
import { Flags } from '@oclif/core';
import { ControlPlaneCommand } from '../base-command.js';
import { renderRuntimes } from '../output/runtimes.js';
import { withoutAbsent } from '../run/pairs.js';

export default class ListRuntimes extends ControlPlaneCommand {
  static override summary = 'List runtimes, account profiles and providers, and whether each can be used.';
  static override flags = {
    provider: Flags.string({ description: 'Only those of this provider.' }),
    capability: Flags.string({ description: 'Only those with this capability.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(ListRuntimes);
    const { provider, capability } = flags;
    const input = withoutAbsent({ provider, capability });
    const answer = await this.withControlPlane(flags, (controlPlane) => controlPlane.runtimes(input));
    this.show(flags, answer, renderRuntimes);
  }
}
