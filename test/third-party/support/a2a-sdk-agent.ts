// A scripted agent behind the A2A SDK's own server: its request handler, its stores and its routes, which we did not write.
import type { RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import type { AgentScript, ScriptedAgent, ScriptedWork } from '@agent-dispatch/core/testing';
import { type AgentCard, type Part, Role, type Task, TaskState } from '@a2a-js/sdk';
import {
  AgentEvent,
  type AgentExecutor,
  DefaultRequestHandler,
  type ExecutionEventBus,
  InMemoryTaskStore,
  type RequestContext,
} from '@a2a-js/sdk/server';
import { agentCardHandler, jsonRpcHandler, UserBuilder } from '@a2a-js/sdk/server/express';
import { loopback } from './loopback.js';

type App = RequestListener & { use(...routes: unknown[]): void };
/** The SDK's routes bring it, without types. */
const express = createRequire(import.meta.url)('express') as () => App;

export type SdkVersion = '1.0' | '0.3';

export interface SdkAgentOptions {
  readonly version: SdkVersion;
  readonly streaming?: boolean;
  /** What its card says of where it is. */
  readonly url?: string;
}

export async function startSdkAgent(options: SdkAgentOptions, script: AgentScript): Promise<ScriptedAgent> {
  const executor = new ScriptExecutor(script);
  const requestHandler = new DefaultRequestHandler(cardOf(options), new InMemoryTaskStore(), executor);
  const legacyCompat = { enabled: options.version === '0.3' };
  const app = express();
  app.use('/.well-known/agent-card.json', agentCardHandler({ agentCardProvider: requestHandler, legacyCompat }));
  app.use('/', jsonRpcHandler({ requestHandler, userBuilder: UserBuilder.noAuthentication, legacyCompat }));
  const { url, dropConnections, close } = await loopback(app);
  return {
    channel: { fetch: (path, request) => fetch(`${url}${path}`, request) },
    dropConnections,
    close: async () => {
      executor.close();
      await close();
    },
  };
}

const cardOf = ({ version, streaming = true, url = 'https://elsewhere.example/' }: SdkAgentOptions): AgentCard => ({
  name: 'scripted',
  description: 'Does what the kit scripts.',
  version: '1',
  supportedInterfaces: [{ url, protocolBinding: 'JSONRPC', protocolVersion: version, tenant: '' }],
  provider: undefined,
  capabilities: { streaming, pushNotifications: false, extensions: [] },
  securitySchemes: {},
  securityRequirements: [],
  defaultInputModes: ['text/plain'],
  defaultOutputModes: ['text/plain'],
  skills: [],
  signatures: [],
});

class ScriptExecutor implements AgentExecutor {
  private readonly runs = new Map<string, Run>();

  constructor(private readonly script: AgentScript) {}

  /** The SDK calls it for the first message and for each that follows, and lets go of the task when a call returns. */
  async execute({ userMessage, taskId, contextId, task }: RequestContext, bus: ExecutionEventBus): Promise<void> {
    const text = userMessage.parts.map(({ content }) => (content?.$case === 'text' ? content.value : '')).join('');
    const running = this.runs.get(taskId);
    const first: Task = task ?? {
      ...names(taskId, contextId),
      status: status('SUBMITTED'),
      artifacts: [],
      history: [userMessage],
    };
    bus.publish(AgentEvent.task(first));
    const run = running ?? new Run(taskId, contextId);
    this.runs.set(taskId, run);
    run.bus = bus;
    if (running === undefined) run.begin(this.script, text);
    else run.receive(text);
    await run.pause;
  }

  async cancelTask(taskId: string): Promise<void> {
    this.runs.get(taskId)?.stop.abort(new Error('cancelled by the caller'));
  }

  /** A script may never settle. */
  close(): void {
    for (const run of this.runs.values()) run.stop.abort(new Error('the server closes'));
  }
}

class Run {
  readonly stop = new AbortController();
  bus: ExecutionEventBus | undefined;
  /** Resolves when the agent waits for an answer, or is done. */
  pause: Promise<void> = Promise.resolve();
  private paused: () => void = () => undefined;
  private answer: ((text: string) => void) | undefined;
  private readonly unread: string[] = [];
  private reader: ((text: string) => void) | undefined;
  private count = 0;

  constructor(
    private readonly taskId: string,
    private readonly contextId: string,
  ) {}

  begin(script: AgentScript, instruction: string): void {
    this.work();
    void this.perform(script, instruction).finally(() => this.paused());
  }

  receive(text: string): void {
    if (this.answer !== undefined) {
      this.work();
      this.update('WORKING');
      this.answer(text);
      this.answer = undefined;
    } else if (this.reader !== undefined) {
      this.reader(text);
      this.reader = undefined;
    } else {
      this.unread.push(text);
    }
  }

  private work(): void {
    this.pause = new Promise((resolve) => (this.paused = resolve));
  }

  private async perform(script: AgentScript, instruction: string): Promise<void> {
    try {
      const end = await script(this.toldOf(instruction));
      if ('failure' in end) return this.update('FAILED', end.failure);
      this.leave('result', [part({ $case: 'text', value: end.result })]);
      this.update('COMPLETED');
    } catch (error) {
      if (this.stop.signal.aborted) this.update('CANCELED');
      else this.update('FAILED', String(error));
    }
  }

  private toldOf(instruction: string): ScriptedWork {
    const { signal } = this.stop;
    /** Settles at the latest when the agent is told to stop. */
    const stoppable = <Value>(wait: (resolve: (value: Value) => void) => void): Promise<Value> =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        wait(resolve);
      });
    return {
      instruction,
      stopped: signal,
      say: async (text) => this.update('WORKING', text),
      ask: (question) =>
        stoppable((resolve) => {
          this.answer = resolve;
          this.update('INPUT_REQUIRED', question);
          this.paused();
        }),
      hear: () =>
        stoppable((resolve) => {
          const [text] = this.unread.splice(0, 1);
          if (text === undefined) this.reader = resolve;
          else resolve(text);
        }),
      leave: async ({ name, mediaType, bytes }) =>
        this.leave(`file-${name}`, [
          { ...part({ $case: 'raw', value: Buffer.from(bytes) }), filename: name, mediaType },
        ]),
    };
  }

  private update(state: StateName, text?: string): void {
    const { taskId, contextId } = this;
    const message = text === undefined ? undefined : this.message(text);
    this.bus?.publish(
      AgentEvent.statusUpdate({ taskId, contextId, status: status(state, message), metadata: undefined }),
    );
  }

  private leave(artifactId: string, parts: Part[]): void {
    const { taskId, contextId } = this;
    const artifact = { artifactId, name: '', description: '', parts, metadata: undefined, extensions: [] };
    this.bus?.publish(
      AgentEvent.artifactUpdate({ taskId, contextId, artifact, append: false, lastChunk: true, metadata: undefined }),
    );
  }

  private message(text: string): Task['history'][number] {
    const { taskId, contextId } = this;
    this.count += 1;
    return {
      messageId: `${taskId}-${this.count}`,
      taskId,
      contextId,
      role: Role.ROLE_AGENT,
      parts: [part({ $case: 'text', value: text })],
      metadata: undefined,
      extensions: [],
      referenceTaskIds: [],
    };
  }
}

type StateName = 'SUBMITTED' | 'WORKING' | 'COMPLETED' | 'FAILED' | 'CANCELED' | 'INPUT_REQUIRED';

const status = (state: StateName, message?: Task['history'][number]): NonNullable<Task['status']> => ({
  state: TaskState[`TASK_STATE_${state}`],
  message,
  timestamp: new Date().toISOString(),
});

const names = (id: string, contextId: string): Pick<Task, 'id' | 'contextId' | 'metadata'> => ({
  id,
  contextId,
  metadata: undefined,
});

const part = (content: Part['content']): Part => ({ content, metadata: undefined, filename: '', mediaType: '' });
