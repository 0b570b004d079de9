// agentdispatch config validate: the file against the schema, its own references, the manifests, and the module it
// names for telemetry. Starts nothing.
import { LocalCommand } from '../base-command.js';
import { pluginHost, readConfiguration } from '../front-door.js';

export default class ConfigValidate extends LocalCommand {
  static override summary = 'Check the configuration; every problem is told with its file and line.';

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigValidate);
    const config = await readConfiguration(flags);
    const host = await pluginHost(config);
    const { assertProfiles, checkProfiles, registeringModule } = await import('@agent-dispatch/core');
    assertProfiles(checkProfiles(config, host), config);
    await registeringModule(config);
    const answer = { valid: true, file: config.file, state_dir: config.stateDir };
    this.show(flags, answer, ({ file }) => `${file ?? 'No file found; the built-in configuration'} is valid.`);
  }
}
