// An MCP client in a process of its own, which a test can kill together with the server that it started.
// Arguments: program of the server, its configuration, instruction. Prints the id of the task it spawned, then waits.
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const [program, config, instruction] = process.argv.slice(2);
const client = new Client({ name: 'dying', version: '1.0.0' });
await client.connect(
  new StdioClientTransport({
    command: process.execPath,
    args: [program, '--config', config],
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  }),
);
const { structuredContent } = await client.callTool({ name: 'spawn_cloud_agent', arguments: { instruction } });
process.stdout.write(`${structuredContent.task_id}\n`);
await client.callTool({ name: 'wait_task', arguments: { task_ids: [structuredContent.task_id] } });
