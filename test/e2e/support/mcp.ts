// A real MCP client over stdio on the server as it is shipped.
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  CancelTaskOutput,
  Clarification,
  DispatchErrorJson,
  DispatchTaskOutput,
  GetTaskLogsOutput,
  GetTaskResultOutput,
  ListRuntimesOutput,
  ListTasksOutput,
  TaskView,
  WaitTaskOutput,
} from '@agent-dispatch/schemas';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { type Place, repository } from './place.js';

interface Answers {
  spawn_cloud_agent: TaskView | Clarification;
  dispatch_task: DispatchTaskOutput;
  wait_task: WaitTaskOutput;
  get_task_status: TaskView;
  get_task_logs: GetTaskLogsOutput;
  get_task_result: GetTaskResultOutput;
  cancel_task: CancelTaskOutput;
  list_tasks: ListTasksOutput;
  list_runtimes: ListRuntimesOutput;
}

type Arguments = Record<string, unknown>;

export interface McpOptions {
  /** Added to the environment of the place. */
  env?: Record<string, string>;
  /** Default: the configuration of the place. `none`: what the server finds by itself. */
  config?: string;
  era?: 'auto' | 'legacy';
  /** Default: the one of this repository. */
  program?: string;
}

export const mcpProgram = path.join(repository, 'plugins/mcp-server/bin/agentdispatch-mcp.js');
/** Generous: several tests share a small machine. */
const CALL_MS = 120_000;

export async function startMcp(place: Place, options: McpOptions = {}): Promise<McpSession> {
  const { env = {}, config = place.configFile, era = 'legacy', program = mcpProgram } = options;
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [program, ...(config === 'none' ? [] : ['--config', config])],
    cwd: place.root,
    env: { ...place.env, ...env },
    stderr: 'ignore',
  });
  const client = new Client({ name: 'e2e', version: '1.0.0' }, { versionNegotiation: { mode: era } });
  await client.connect(transport, { timeout: CALL_MS });
  place.atEnd(() => client.close());
  return new McpSession(client, transport);
}

export class McpSession {
  constructor(
    readonly client: Client,
    private readonly transport: StdioClientTransport,
  ) {}

  /** Of the server. */
  get pid(): number {
    if (this.transport.pid === null) throw new Error('the server does not run');
    return this.transport.pid;
  }

  /** @throws when the tool refuses. */
  async call<Tool extends keyof Answers>(name: Tool, args: Arguments = {}): Promise<Answers[Tool]> {
    const answer = await this.client.callTool({ name, arguments: args }, { timeout: CALL_MS });
    if (answer.isError === true) throw new Error(`${name} refused: ${JSON.stringify(answer.content)}`);
    return answer.structuredContent as Answers[Tool];
  }

  /** The coded error of a call that is to be refused. */
  async refusal(name: string, args: Arguments = {}): Promise<DispatchErrorJson> {
    const answer = await this.client.callTool({ name, arguments: args }, { timeout: CALL_MS });
    const [text] = answer.content;
    if (answer.isError !== true || text?.type !== 'text') throw new Error(`${name} was not refused`);
    return (JSON.parse(text.text) as { error: DispatchErrorJson }).error;
  }

  /** @throws when anything is missing in the request. */
  async spawn(args: Arguments): Promise<TaskView> {
    const answer = await this.call('spawn_cloud_agent', args);
    if (!('task_id' in answer)) throw new Error(`not started: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** What is missing in a request. @throws when nothing is. */
  async asked(args: Arguments): Promise<Clarification> {
    const answer = await this.call('spawn_cloud_agent', args);
    if (answer.status !== 'needs_clarification') throw new Error(`not asked: ${JSON.stringify(answer)}`);
    return answer;
  }

  /** All that the task has printed. */
  async logs(taskId: string): Promise<string> {
    let text = '';
    for (let cursor: string | undefined; ;) {
      const page = await this.call('get_task_logs', { task_id: taskId, ...(cursor !== undefined && { cursor }) });
      text += page.entries.map((entry) => entry.text).join('');
      if (!page.truncated) return text;
      cursor = page.next_cursor;
    }
  }

  /** Reads the log again and again until it holds `text`; the test's own time limit ends the search. */
  async logsWith(taskId: string, text: string): Promise<string> {
    for (;;) {
      const logs = await this.logs(taskId);
      if (logs.includes(text)) return logs;
      const { terminal, status } = await this.call('get_task_status', { task_id: taskId });
      if (terminal && !(await this.logs(taskId)).includes(text)) throw new Error(`${status} without "${text}"`);
      await delay(50);
    }
  }

  /** The task as it ended. */
  async ended(taskId: string): Promise<TaskView> {
    for (;;) {
      await this.call('wait_task', { task_ids: [taskId], timeout_seconds: 30 });
      const task = await this.call('get_task_status', { task_id: taskId });
      if (task.terminal) return task;
    }
  }

  close(): Promise<void> {
    return this.client.close();
  }
}
