// An MCP client in a process of its own that ends with all of its process group, the server it started included, in the
// turn of the event loop in which it reads the acknowledgement, or while it waits. It leads that group.
// Arguments: program of the server, its configuration, instruction, and `waiting` for the latter. Prints the id of the
// task it spawned.
import { writeSync } from 'node:fs';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const [program, config, instruction, when] = process.argv.slice(2);
const client = new Client({ name: 'dying', version: '1.0.0' });
const transport = new StdioClientTransport({
  command: process.execPath,
  args: [program, '--config', config],
  env: { PATH: process.env.PATH, HOME: process.env.HOME },
});
await client.connect(transport);
const { onmessage } = transport;
transport.onmessage = (message, ...more) => {
  const taskId = message.result?.structuredContent?.task_id;
  if (taskId === undefined || when === 'waiting') return onmessage(message, ...more);
  writeSync(1, `${taskId}\n`);
  process.kill(0, 'SIGKILL');
};
const { structuredContent } = await client.callTool({ name: 'spawn_cloud_agent', arguments: { instruction } });
const { task_id } = structuredContent;
const waiting = client.callTool({ name: 'wait_task', arguments: { task_ids: [task_id] } });
// Calls are begun in order: the wait is under way.
await Promise.race([waiting, client.callTool({ name: 'get_task_status', arguments: { task_id } })]);
writeSync(1, `${task_id}\n`);
process.kill(0, 'SIGKILL');
