// agentdispatch plugins list: what `agentdispatch plugins` shows, under the name that people look for.
import { Command } from '@oclif/core';

export default class PluginsList extends Command {
  static override summary = 'List installed plugins.';
  static override strict = false;

  async run(): Promise<void> {
    await this.config.runCommand('plugins', this.argv);
  }
}
