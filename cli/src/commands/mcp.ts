// agentdispatch mcp: the MCP server on this process's stdin and stdout, for lead agents that start this program; or over
// HTTP, for clients that hold a token.
import { Command, Flags } from '@oclif/core';
import { bundledPlugins } from '../own-package.js';

export default class Mcp extends Command {
  static override summary = 'Serve MCP on stdin and stdout, or over HTTP.';
  static override flags = {
    config: Flags.string({ description: 'Configuration file.', helpValue: '<file>' }),
    http: Flags.string({
      description:
        'Serve HTTP there, at /mcp, to everyone who has a token of mcp.http.tokens in the configuration: a port of this machine, or an address with a port.',
      helpValue: '<address>',
    }),
    engine: Flags.option({
      options: ['dispatcher', 'inline'] as const,
      default: 'dispatcher' as const,
      description: 'inline: run the engine in this process; tasks then end with it.',
    })(),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Mcp);
    const { config, engine, http } = flags;
    const { readAddress, runHttpServer, runStdioServer } = await import('@agent-dispatch/mcp-server');
    const served = { engine, bundledPlugins: bundledPlugins(), ...(config !== undefined && { configPath: config }) };
    if (http === undefined) {
      await runStdioServer(served);
    } else {
      const address =
        readAddress(http) ?? this.error(`--http is a port or an address with a port, not "${http}"`, { exit: 2 });
      await runHttpServer({ ...served, address });
    }
    // Its client is gone: an open stdin must not hold this process.
    process.exit(0);
  }
}
