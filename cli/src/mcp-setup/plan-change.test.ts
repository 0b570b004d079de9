import { describe, expect, it } from '@jest/globals';
import { planChange, type Change } from './plan-change.js';
import type { Recipe } from './recipe.js';
import { RECIPES, type ClientName } from './recipes.js';

const served = { command: '/usr/bin/agentdispatch', args: ['mcp', '--config', '/c/a.json'] };
const variables = { set: ['AWS_PROFILE'], unset: ['MODEL_KEY'] };

async function plan(client: ClientName, text: string | undefined, name = 'agentdispatch'): Promise<Change> {
  const recipe: Recipe = RECIPES[client];
  const entry = recipe.entry(served, variables);
  return await planChange({ recipe, name, entry, file: '/f', text, instead: 'the client does it' });
}

const CODEX_TABLE = `[mcp_servers.agentdispatch]
command = "/usr/bin/agentdispatch"
args = [ "mcp", "--config", "/c/a.json" ]
env_vars = [ "AWS_PROFILE", "MODEL_KEY" ]
startup_timeout_sec = 30
tool_timeout_sec = 300
required = true
`;

const hermesEntry = (indent: string): string =>
  [
    'agentdispatch:',
    '  command: /usr/bin/agentdispatch',
    '  args:',
    '    - mcp',
    '    - --config',
    '    - /c/a.json',
    '  env:',
    '    AWS_PROFILE: ${AWS_PROFILE}',
    '  timeout: 300',
    '  connect_timeout: 60',
  ]
    .map((line) => `${indent}${line}\n`)
    .join('');

/** Files as people have them, with what must come of them. */
const FILES: [string, ClientName, string, string][] = [
  [
    'TOML gets a table at the end',
    'codex',
    '# mine\nmodel = "x"   # best\n\n[mcp_servers.a]\ncommand = \'y\'',
    `# mine\nmodel = "x"   # best\n\n[mcp_servers.a]\ncommand = 'y'\n\n${CODEX_TABLE}`,
  ],
  [
    'TOML keeps its line ends',
    'codex',
    'a = 1\r\nd = 1979-05-27\r\n',
    `a = 1\r\nd = 1979-05-27\r\n\r\n${CODEX_TABLE.replaceAll('\n', '\r\n')}`,
  ],
  [
    'TOML with its servers on one line gets another there',
    'codex',
    'mcp_servers = { a = { command = "x" } } # all\n',
    'mcp_servers = { a = { command = "x" }, agentdispatch = { command = "/usr/bin/agentdispatch", args = [ "mcp", "--config", "/c/a.json" ], env_vars = [ "AWS_PROFILE", "MODEL_KEY" ], startup_timeout_sec = 30, tool_timeout_sec = 300, required = true } } # all\n',
  ],
  [
    'TOML keeps the settings of an entry, and comments in it',
    'codex',
    '[mcp_servers.agentdispatch]\n# mine\ncommand = "npx"\nargs = ["-y", "@agent-dispatch/mcp-server"]\ntool_timeout_sec = 900 # long\nenv_vars = ["MODEL_KEY"]\n\n[mcp_servers.agentdispatch.env]\nA = "b"\n',
    '[mcp_servers.agentdispatch]\n# mine\ncommand = "/usr/bin/agentdispatch"\nargs = ["mcp", "--config", "/c/a.json"]\ntool_timeout_sec = 900 # long\nenv_vars = ["MODEL_KEY", "AWS_PROFILE"]\nstartup_timeout_sec = 30\nrequired = true\n\n[mcp_servers.agentdispatch.env]\nA = "b"\n',
  ],
  [
    'YAML gets an entry below the others and their comments',
    'hermes',
    'a:   1 # odd\n\n\nmcp_servers:\n  # time\n  t:\n      args: ["x"]\n  # end\n\n# top\nz:\n- 1\n',
    `a:   1 # odd\n\n\nmcp_servers:\n  # time\n  t:\n      args: ["x"]\n  # end\n${hermesEntry('  ')}\n# top\nz:\n- 1\n`,
  ],
  [
    'YAML fills an empty table',
    'hermes',
    'mcp_servers: {} # none yet\nz:   1\n',
    `mcp_servers: # none yet\n${hermesEntry('  ')}z:   1\n`,
  ],
  ['YAML fills a key without a value', 'hermes', 'mcp_servers: # none\n', `mcp_servers: # none\n${hermesEntry('  ')}`],
  ['YAML gets the table at its end', 'hermes', 'a: |\n  text', `a: |\n  text\nmcp_servers:\n${hermesEntry('  ')}`],
  [
    'YAML keeps the settings of an entry, and comments in it',
    'hermes',
    'mcp_servers:\n  agentdispatch:\n    # mine\n    command: npx # old\n    args: [-y, "@agent-dispatch/mcp-server"]\n    timeout: 900\n    env: {A: b}\nz: 1\n',
    'mcp_servers:\n  agentdispatch:\n    # mine\n    command: "/usr/bin/agentdispatch" # old\n    args: ["mcp","--config","/c/a.json"]\n    timeout: 900\n    env: {"AWS_PROFILE":"${AWS_PROFILE}","A":"b"}\n    connect_timeout: 60\nz: 1\n',
  ],
  [
    'JSON is indented as its neighbours are',
    'claude-code',
    '{\n\t"mcpServers": {\n\t\t"a": { "command": "x" }\n\t},\n\t"z": 1e400\n}',
    '{\n\t"mcpServers": {\n\t\t"a": { "command": "x" },\n\t\t"agentdispatch": {\n\t\t\t"type": "stdio",\n\t\t\t"command": "/usr/bin/agentdispatch",\n\t\t\t"args": [\n\t\t\t\t"mcp",\n\t\t\t\t"--config",\n\t\t\t\t"/c/a.json"\n\t\t\t],\n\t\t\t"alwaysLoad": true\n\t\t}\n\t},\n\t"z": 1e400\n}',
  ],
  [
    'JSON has an entry brought up to date where it stands',
    'claude-code',
    '{\n  "mcpServers": {\n    "agentdispatch": {\n      "args": [],\n      "command": "agentdispatch",\n      "env": {}\n    }\n  }\n}\n',
    '{\n  "mcpServers": {\n    "agentdispatch": {\n      "args": [\n        "mcp",\n        "--config",\n        "/c/a.json"\n      ],\n      "command": "/usr/bin/agentdispatch",\n      "env": {},\n      "type": "stdio",\n      "alwaysLoad": true\n    }\n  }\n}\n',
  ],
  [
    'JSON fills an empty table, with its line ends',
    'claude-code',
    '{\r\n  "mcpServers": {},\r\n  "z": 1\r\n}',
    '{\r\n  "mcpServers": {\r\n    "agentdispatch": {\r\n      "type": "stdio",\r\n      "command": "/usr/bin/agentdispatch",\r\n      "args": [\r\n        "mcp",\r\n        "--config",\r\n        "/c/a.json"\r\n      ],\r\n      "alwaysLoad": true\r\n    }\r\n  },\r\n  "z": 1\r\n}',
  ],
  [
    'JSON on one line stays there, behind its byte order mark',
    'claude-code',
    '\uFEFF{"a":1}',
    '\uFEFF{"a":1,"mcpServers":{"agentdispatch":{"type":"stdio","command":"/usr/bin/agentdispatch","args":["mcp","--config","/c/a.json"],"alwaysLoad":true}}}',
  ],
  [
    'JSON5 keeps its comments, quotes and commas',
    'openclaw',
    "// mine\n{\n  a: .5, // half\n  mcp: {\n    servers: {\n      d: { command: 'x', }, // docs\n    },\n  },\n}\n",
    '// mine\n{\n  a: .5, // half\n  mcp: {\n    servers: {\n      d: { command: \'x\', }, // docs\n      agentdispatch: {\n        "command": "/usr/bin/agentdispatch",\n        "args": [\n          "mcp",\n          "--config",\n          "/c/a.json"\n        ],\n        "env": {\n          "AWS_PROFILE": "${AWS_PROFILE}",\n          "AGENTDISPATCH_MCP_WAIT_SECONDS": "240"\n        },\n        "connectionTimeoutMs": 30000,\n        "requestTimeoutMs": 300000\n      },\n    },\n  },\n}\n',
  ],
];

describe('an entry in a file that is there', () => {
  it.each(FILES)('%s', async (_title, client, before, after) => {
    const { text } = await plan(client, before);
    expect(text).toBe(after);
    // The second time there is nothing to do.
    expect(await plan(client, after)).toMatchObject({ block: '', added: {} });
    expect((await plan(client, after)).text).toBeUndefined();
  });

  it.each(['claude-code', 'codex', 'openclaw', 'hermes'] as const)(
    'is the whole of a new file of %s, which is what is shown',
    async (client) => {
      const { text, block, line } = await plan(client, undefined);
      expect(text).toBe(block);
      expect(line).toBe(1);
      expect((await plan(client, '')).text).toBe(block);
    },
  );

  it('shows no value that was there before, only the names of what stays', async () => {
    const before =
      '{"mcp":{"servers":{"agentdispatch":{"command":"agentdispatch","headers":{"A":"sk-1"},"env":{"TOKEN":"sk-2"}}}}}';
    const { text, added, block, kept } = await plan('openclaw', before);
    expect(text).toContain('sk-1');
    expect(text).toContain('sk-2');
    expect(JSON.stringify(added) + block).not.toMatch(/sk-|TOKEN/);
    expect(kept).toEqual(['headers']);
  });

  it('does not have OpenClaw cut calls that the server was told to make long', async () => {
    const before = '{"mcp":{"servers":{"agentdispatch":{"command":"agentdispatch","requestTimeoutMs":60000}}}}';
    const { entry } = await plan('openclaw', before);
    expect(entry).toMatchObject({ requestTimeoutMs: 60000, env: { AWS_PROFILE: '${AWS_PROFILE}' } });
    expect(entry['env']).not.toHaveProperty('AGENTDISPATCH_MCP_WAIT_SECONDS');
  });
});

describe('nothing is made of a file', () => {
  it.each<[string, ClientName, string, number | undefined]>([
    ['TOML that ends too early', 'codex', 'a = 1\nkey = "sk-secret\n', 2],
    ['TOML that says a thing twice', 'codex', 'a = 1\na = 2\n', 2],
    ['JSON without a comma', 'claude-code', '{\n  "a": 1\n  "key": "sk-secret"\n}', 3],
    ['JSON5 where JSON is read', 'claude-code', '{\n  a: 1\n}', undefined],
    ['JSON that is a list', 'claude-code', '[]', 1],
    ['JSON5 without an end', 'openclaw', '{\n  key: "sk-secret"\n', 3],
    ['YAML with two values', 'hermes', 'a: 1\nkey: sk-secret: x\n', 2],
    ['YAML that is a list', 'hermes', '- a\n', 1],
    ['YAML with an alias of nothing', 'hermes', 'a: *nothing\n', undefined],
  ])('%s, and nothing of it is told but the line', async (_title, client, text, line) => {
    const error = await plan(client, text).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'AD_CONFIG_SYNTAX', problems: [{ file: '/f', ...(line && { line }) }] });
    expect(JSON.stringify(error)).not.toContain('sk-secret');
  });

  it.each<[string, ClientName, string]>([
    ['servers that are a list', 'hermes', 'mcp_servers: [a]\n'],
    ['servers that are a text', 'openclaw', '{mcp:{servers:"x"}}'],
    ['an entry that is a number', 'codex', 'mcp_servers.agentdispatch = 1\n'],
  ])('with %s', async (_title, client, text) => {
    await expect(plan(client, text)).rejects.toMatchObject({ code: 'AD_CONFIG_INVALID', fault: 'operator' });
  });

  it.each([
    ['command = "op"\nargs = ["run", "--", "agentdispatch", "mcp"]'],
    ['command = "node"\nargs = ["/home/me/agentdispatch-proxy/x.js"]'],
  ])('whose entry starts the server behind a program of the user: %s', async (start) => {
    const text = `[mcp_servers.x]\n${start}\n`;
    await expect(plan('codex', text, 'x')).rejects.toMatchObject({ code: 'AD_CONFIG_EXISTS' });
  });

  it('whose entry of that name starts something else', async () => {
    const text = '[mcp_servers.x]\ncommand = "npx"\nargs = ["-y", "other"]\n';
    await expect(plan('codex', text, 'x')).rejects.toMatchObject({ code: 'AD_CONFIG_EXISTS' });
    expect((await plan('codex', text)).text).toContain('[mcp_servers.agentdispatch]');
  });
});
