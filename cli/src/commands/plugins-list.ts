// agentdispatch plugins, plugins list: the providers that were installed or are named in the configuration. Runs no code of
// them.
import { inOneLine } from '@agent-dispatch/core/errors';
import { LocalCommand } from '../base-command.js';
import { pluginHost, readConfiguration } from '../front-door.js';
import { table } from '../output/table.js';

const ADDED = ['config', 'installed'];

export default class PluginsList extends LocalCommand {
  static override summary = 'List installed plugins.';

  async run(): Promise<void> {
    const { flags } = await this.parse(PluginsList);
    const host = await pluginHost(await readConfiguration(flags));
    const added = host.providers().filter(({ source }) => ADDED.includes(source));
    const shown = added.map(({ provider, packageName, version, source, state, error }) => ({
      provider,
      package: packageName,
      version,
      source,
      state,
      ...(error && { error }),
    }));
    this.show(flags, { plugins: shown }, ({ plugins }) =>
      plugins.length === 0
        ? 'No plugins installed.'
        : table(
            ['PROVIDER', 'PACKAGE', 'SOURCE', 'STATE'],
            plugins.map(({ provider, package: name, version, source, state, error }) => [
              provider,
              `${name} ${version}`,
              source,
              error === undefined ? state : `${state}: ${inOneLine(error)}`,
            ]),
          ),
    );
  }
}
