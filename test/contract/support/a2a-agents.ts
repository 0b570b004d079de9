// Agents of others behind the A2A SDK's own server, one server for each microVM. What they begin, and what runs, they count.
import { createServer, type RequestListener, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { type AgentCard, type Part, TaskState } from '@a2a-js/sdk';
import {
  AgentEvent,
  type AgentExecutor,
  DefaultRequestHandler,
  type ExecutionEventBus,
  InMemoryTaskStore,
  type RequestContext,
} from '@a2a-js/sdk/server';
import { agentCardHandler, jsonRpcHandler, UserBuilder } from '@a2a-js/sdk/server/express';
import { type Agent, forwardTo, type MicroVm } from '../../fakes/agentcore/index.js';
import type { Kind } from './aws-world.js';

type App = RequestListener & { use(...routes: unknown[]): void };
/** The SDK's routes bring it, without types. */
const express = createRequire(import.meta.url)('express') as () => App;

/** One piece of work, as the agent does it. */
export interface A2aWork {
  readonly taskId: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Aborts when the agent is told to stop, or its microVM goes. */
  readonly stopped: AbortSignal;
  readonly print: (text: string) => void;
}

/** Resolves with whether the work went well. */
export type A2aScript = (work: A2aWork) => Promise<boolean>;

export class A2aAgents {
  readonly begun: string[] = [];
  readonly #running = new Map<string, { taskId: string; stop: AbortController; vm: string }>();
  readonly #servers = new Map<string, Server>();

  constructor(private readonly scripts: Readonly<Record<Kind, A2aScript>>) {}

  agent = (kind: Kind): Agent => forwardTo((vm) => this.#serve(kind, vm), { ended: ({ bootId }) => this.#end(bootId) });

  running = (taskId: string): number => [...this.#running.values()].filter((run) => run.taskId === taskId).length;

  executions = (taskId: string): number => this.begun.filter((begun) => begun === taskId).length;

  async #serve(kind: Kind, vm: MicroVm): Promise<string> {
    const executor = new Executor(this.scripts[kind], vm, {
      begin: (id, taskId, stop) => {
        this.begun.push(taskId);
        this.#running.set(id, { taskId, stop, vm: vm.bootId });
      },
      end: (id) => this.#running.delete(id),
      stop: (id) => this.#running.get(id)?.stop.abort(),
    });
    const requestHandler = new DefaultRequestHandler(CARD, new InMemoryTaskStore(), executor);
    const app = express();
    app.use('/.well-known/agent-card.json', agentCardHandler({ agentCardProvider: requestHandler }));
    app.use('/', jsonRpcHandler({ requestHandler, userBuilder: UserBuilder.noAuthentication }));
    const server = createServer(app);
    this.#servers.set(vm.bootId, server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  }

  /** Also of servers that began to listen when their microVM was gone. */
  async close(): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => closed(server)));
  }

  #end(bootId: string): void {
    for (const [id, run] of this.#running) {
      if (run.vm !== bootId) continue;
      run.stop.abort();
      this.#running.delete(id);
    }
    const server = this.#servers.get(bootId);
    if (server !== undefined) void closed(server);
  }
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

const CARD: AgentCard = {
  name: 'counted',
  description: 'Does what the kit asks for.',
  version: '1',
  supportedInterfaces: [
    { url: 'https://elsewhere.example/', protocolBinding: 'JSONRPC', protocolVersion: '1.0', tenant: '' },
  ],
  provider: undefined,
  capabilities: { streaming: true, pushNotifications: false, extensions: [] },
  securitySchemes: {},
  securityRequirements: [],
  defaultInputModes: ['text/plain'],
  defaultOutputModes: ['text/plain'],
  skills: [],
  signatures: [],
};

interface Counter {
  readonly begin: (id: string, taskId: string, stop: AbortController) => void;
  readonly end: (id: string) => void;
  readonly stop: (id: string) => void;
}

class Executor implements AgentExecutor {
  constructor(
    private readonly script: A2aScript,
    private readonly vm: MicroVm,
    private readonly counter: Counter,
  ) {}

  async execute({ userMessage, taskId, contextId, task }: RequestContext, bus: ExecutionEventBus): Promise<void> {
    const stop = new AbortController();
    const told = (userMessage.metadata as { taskId?: string } | undefined)?.taskId ?? '';
    const update = (state: 'WORKING' | 'COMPLETED' | 'FAILED' | 'CANCELED'): void =>
      bus.publish(AgentEvent.statusUpdate({ taskId, contextId, status: status(state), metadata: undefined }));
    this.counter.begin(taskId, told, stop);
    const history = [userMessage];
    const first = { id: taskId, contextId, status: status('SUBMITTED'), artifacts: [], history, metadata: undefined };
    bus.publish(AgentEvent.task(task ?? first));
    update('WORKING');
    let count = 0;
    const print = (text: string): void => {
      const artifact = { artifactId: 'output', name: '', description: '', parts: [textPart(text)] };
      const whole = { ...artifact, metadata: undefined, extensions: [] };
      const event = { taskId, contextId, artifact: whole, append: count > 0, lastChunk: false, metadata: undefined };
      bus.publish(AgentEvent.artifactUpdate(event));
      count += 1;
    };
    const { environment } = this.vm;
    try {
      const isWell = await this.script({ taskId: told, environment, stopped: stop.signal, print });
      update(stop.signal.aborted ? 'CANCELED' : isWell ? 'COMPLETED' : 'FAILED');
    } finally {
      this.counter.end(taskId);
    }
  }

  async cancelTask(taskId: string): Promise<void> {
    this.counter.stop(taskId);
  }
}

const status = (state: 'SUBMITTED' | 'WORKING' | 'COMPLETED' | 'FAILED' | 'CANCELED') => ({
  state: TaskState[`TASK_STATE_${state}`],
  message: undefined,
  timestamp: new Date().toISOString(),
});

const textPart = (value: string): Part => ({
  content: { $case: 'text', value },
  metadata: undefined,
  filename: '',
  mediaType: '',
});
