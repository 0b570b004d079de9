// Agents of others that are tools of an MCP server, behind the SDK's own handler. What they begin, and what runs, they count.
import { createMcpHandler, fromJsonSchema, McpServer } from '@modelcontextprotocol/server';
import type { Agent, AgentAnswer, AgentRequest, MicroVm } from '../../fakes/agentcore/index.js';
import { type Cell, type Kind, readable, SECRET, type Work } from './aws-world.js';
import { Waiting } from './waiting.js';

/** Prints, and resolves with the tool's text; a rejection is the tool's failure. */
type Script = (vm: MicroVm, print: (text: string) => Promise<void>) => Promise<string>;

export function mcpWork({ targetMode }: Cell): Work {
  const waiting = new Waiting();
  const calls = new Calls();
  const scripts: Record<Kind, Script> = {
    succeeds: async (_vm, print) => {
      await print('one\n');
      return 'two\n';
    },
    fails: async (_vm, print) => {
      await print('one\n');
      throw new Error('it went wrong');
    },
    runs: async ({ sessionId }, print) => {
      await print('begun\n');
      await waiting.toldIn(sessionId);
      return '';
    },
    // In mode `session` the secret opens the way to the agent, which then has nothing to check.
    takesSecret: async ({ environment }) => {
      if (targetMode === 'session' || environment[SECRET.name] === SECRET.value) return '';
      throw new Error('there is no secret');
    },
  };
  return {
    agent: (kind) => agentFor(scripts[kind], calls),
    input: (kind) => ({ instruction: kind }),
    output: 'one\ntwo\n',
    code: 'AD_PROTOCOL_AGENT_ERROR',
    isGuarded: true,
    finish: (taskId) => waiting.tell(taskId),
    executions: (taskId) => calls.of(taskId).length,
    running: (taskId) => calls.of(taskId).filter(({ isOver }) => !isOver).length,
  };
}

interface Call {
  readonly vm: MicroVm;
  isOver: boolean;
}

class Calls {
  readonly #all: Call[] = [];

  begin(vm: MicroVm): Call {
    const call = { vm, isOver: false };
    this.#all.push(call);
    return call;
  }

  end({ bootId }: MicroVm): void {
    for (const call of this.#all) if (call.vm.bootId === bootId) call.isOver = true;
  }

  of = (taskId: string): Call[] =>
    this.#all.filter(({ vm }) => taskId !== '' && vm.sessionId.includes(`-${readable(taskId)}-`));
}

function agentFor(script: Script, calls: Calls): Agent {
  return {
    invoke: (request) => answered(request, () => serverFor(request, script, calls)),
    ended: (vm) => calls.end(vm),
  };
}

const PROMPT = fromJsonSchema({
  type: 'object',
  properties: { prompt: { type: 'string' } },
  required: ['prompt'],
});

function serverFor(vm: MicroVm, script: Script, calls: Calls): McpServer {
  const server = new McpServer({ name: 'counted', version: '1' }, { capabilities: { logging: {} } });
  server.registerTool('work', { inputSchema: PROMPT }, async (_values, { mcpReq }) => {
    const call = calls.begin(vm);
    const print = (data: string): Promise<void> =>
      mcpReq.notify({ method: 'notifications/message', params: { level: 'info', logger: 'agent', data } });
    try {
      return { content: [{ type: 'text', text: await script(vm, print) }] };
    } catch (error) {
      return { content: [{ type: 'text', text: String(error) }], isError: true };
    } finally {
      call.isOver = true;
    }
  });
  return server;
}

/** The platform gives the request to the container at /mcp. */
async function answered({ payload, headers }: AgentRequest, make: () => McpServer): Promise<AgentAnswer> {
  const request = new Request('http://container.invalid/mcp', {
    method: 'POST',
    headers,
    body: new Uint8Array(payload),
  });
  const { status, headers: told, body } = await createMcpHandler(make).fetch(request);
  return { status, headers: Object.fromEntries(told), body: body ?? new Uint8Array() };
}
