// agentdispatch config show: the configuration in effect and where it came from. It names secrets, it holds none; what
// looks like one all the same is taken out.
import { LocalCommand } from '../base-command.js';
import { readConfiguration } from '../front-door.js';
import { jsonText } from '../output/terminal-text.js';

export default class ConfigShow extends LocalCommand {
  static override summary = 'Show the configuration in effect.';

  async run(): Promise<void> {
    const { flags } = await this.parse(ConfigShow);
    const { config, file, stateDir } = await readConfiguration(flags);
    const { createRedactor } = await import('@agent-dispatch/core');
    const answer = { file, state_dir: stateDir, config: createRedactor().json(config) };
    this.show(flags, answer, (shown) =>
      [`file: ${file ?? 'none found; built-in'}`, `state:  ${stateDir}`, jsonText(shown.config)].join('\n'),
    );
  }
}
