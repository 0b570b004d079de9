// agentdispatch mcp: the MCP server on this process's stdin and stdout, for lead agents that start this program.
import { Command, Flags } from '@oclif/core';
import { bundledPlugins } from '../own-package.js';

export default class Mcp extends Command {
  static override summary = 'Serve MCP on stdin and stdout.';
  static override flags = {
    config: Flags.string({ description: 'Configuration file.', helpValue: '<file>' }),
    engine: Flags.option({
      options: ['dispatcher', 'inline'] as const,
      default: 'dispatcher' as const,
      description: 'inline: run the engine in this process; tasks then end with it.',
    })(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Mcp);
    const { config, engine } = flags;
    const { runStdioServer } = await import('@agent-dispatch/mcp-server');
    const served = { engine, bundledPlugins: bundledPlugins(), ...(config !== undefined && { configPath: config }) };
    await runStdioServer(served);
    // Its client is gone: an open stdin must not hold this process.
    process.exit(0);
  }
}
