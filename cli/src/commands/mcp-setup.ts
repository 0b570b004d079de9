// agentdispatch mcp setup: gives an MCP client this server, in the client's own configuration.
import { Args, Flags } from '@oclif/core';
import { DispatchError } from '@agent-dispatch/core/errors';
import { LocalCommand } from '../base-command.js';
import { pluginHost, readConfiguration } from '../front-door.js';
import { SCOPES } from '../mcp-setup/recipe.js';
import { CLIENT_NAMES } from '../mcp-setup/recipes.js';

export default class McpSetup extends LocalCommand {
  static override summary = 'Give a client the MCP server: show its configuration, or write it.';
  static override description = `Without --write nothing is changed: the entry is shown, and the file and line where it would go.
With it the entry is merged into the client's file. What else is there stays, comments too; a copy of the file is kept.
Names of environment variables that the client withholds are written, never values.`;
  static override args = {
    client: Args.string({ required: true, options: CLIENT_NAMES, description: 'The client.' }),
  };
  static override flags = {
    write: Flags.boolean({ description: 'Write it.' }),
    scope: Flags.option({
      options: SCOPES,
      default: 'user' as const,
      description: 'user: for all of your work. project: in the current directory, for clients that have that.',
    })(),
    name: Flags.string({ default: 'agentdispatch', description: 'Name of the server in the client.' }),
    'follow-link': Flags.boolean({ description: "Also write when the client's file is reached through a link." }),
  };
  static override examples = [
    '<%= config.bin %> mcp setup claude-code',
    '<%= config.bin %> mcp setup codex --write',
    '<%= config.bin %> mcp setup claude-code --scope project --write',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(McpSetup);
    const { name, scope, write, 'follow-link': followLink } = flags;
    assertName(name);
    const { setUpClient } = await import('../mcp-setup/set-up-client.js');
    const { renderSetUp } = await import('../mcp-setup/render-set-up.js');
    const config = await readConfiguration(flags);
    const providers = (await pluginHost(config)).providers();
    const client = args.client as (typeof CLIENT_NAMES)[number];
    const answer = await setUpClient({ client, scope, name, write, followLink, config, providers });
    this.show(flags, answer, renderSetUp);
  }
}

/** Clients put it before the names of the tools, and some cut the whole at 64 characters. */
function assertName(name: string): void {
  if (/^[A-Za-z0-9_-]{1,32}$/.test(name)) return;
  throw new DispatchError('AD_INPUT_INVALID', `"${name}" is no name that every client takes.`, {
    hint: 'Use up to 32 letters, digits, - and _.',
  });
}
