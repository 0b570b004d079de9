// An AG-UI agent built on the packages of AG-UI's own project: its validators read what comes, its encoder writes what goes, and
// what goes is held against its schemas. Questions are interrupts; an answer goes on where it was asked.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { EventType, type Event, type RunAgentInput } from '@ag-ui/core';
import { EventSchemas, RunAgentInputSchema } from '@ag-ui/core/schemas';
import { EventEncoder } from '@ag-ui/encoder';
import type { AgentScript, ScriptedAgent, ScriptedWork } from '@agent-dispatch/core/testing';
import { type Loopback, loopback } from './loopback.js';

/** One thread: its agent goes on over several runs, and its listener is the run that is under way. */
class Thread {
  private listener: ((event: Event) => void) | undefined;
  private answer: { interruptId: string; resolve: (text: string) => void } | undefined;
  private messages = 0;
  private questions = 0;
  private names = { threadId: '', runId: '' };

  constructor(private readonly script: AgentScript) {}

  /** Resolves when the run is over. */
  async run(input: RunAgentInput, listener: (event: Event) => void): Promise<void> {
    const { threadId, runId } = input;
    this.names = { threadId, runId };
    const over = new Promise<void>((resolve) => {
      this.listener = (event) => {
        listener(event);
        if (event.type === EventType.RUN_FINISHED || event.type === EventType.RUN_ERROR) resolve();
      };
    });
    this.tell({ type: EventType.RUN_STARTED, ...this.names, protocolVersion: '1.0', input });
    if (input.resume === undefined) void this.perform(input);
    else this.goOn(input);
    await over;
  }

  private tell(event: Event): void {
    this.listener?.(event);
  }

  private async perform(input: RunAgentInput): Promise<void> {
    try {
      const end = await this.script(this.work(input));
      if ('result' in end) this.tell({ type: EventType.RUN_FINISHED, ...this.names, result: end.result });
      else this.tell({ type: EventType.RUN_ERROR, message: end.failure, code: 'AGENT_FAILED' });
    } catch (error) {
      this.tell({ type: EventType.RUN_ERROR, message: String(error) });
    }
  }

  private goOn({ resume = [] }: RunAgentInput): void {
    const entry = resume.find(({ interruptId }) => interruptId === this.answer?.interruptId);
    if (entry === undefined) return this.tell({ type: EventType.RUN_ERROR, message: 'Nothing of that was asked.' });
    const { resolve } = this.answer ?? { resolve: () => undefined };
    this.answer = undefined;
    resolve(String(entry.payload));
  }

  private work({ messages }: RunAgentInput): ScriptedWork {
    const last = messages.at(-1);
    const impossible = (what: string) => (): never => {
      throw new TypeError(`AG-UI knows no ${what}`);
    };
    return {
      instruction: typeof last?.content === 'string' ? last.content : '',
      stopped: new AbortController().signal,
      say: async (delta) => {
        this.messages += 1;
        const messageId = `message-${this.messages}`;
        this.tell({ type: EventType.TEXT_MESSAGE_START, messageId, role: 'assistant' });
        this.tell({ type: EventType.TEXT_MESSAGE_CONTENT, messageId, delta });
        this.tell({ type: EventType.TEXT_MESSAGE_END, messageId });
      },
      ask: async (message) => {
        this.questions += 1;
        const id = `interrupt-${this.questions}`;
        const answer = new Promise<string>((resolve) => (this.answer = { interruptId: id, resolve }));
        const interrupts = [{ id, reason: 'input_required', message }];
        this.tell({ type: EventType.RUN_FINISHED, ...this.names, outcome: { type: 'interrupt', interrupts } });
        return await answer;
      },
      hear: impossible('messages to a run'),
      leave: impossible('files'),
    };
  }
}

export class AgUiAgent implements ScriptedAgent {
  private readonly threads = new Map<string, Thread>();
  private server!: Loopback;

  private constructor(private readonly script: AgentScript) {}

  static async start(script: AgentScript): Promise<AgUiAgent> {
    const agent = new AgUiAgent(script);
    agent.server = await loopback((request, response) => void agent.serve(request, response));
    return agent;
  }

  get url(): string {
    return this.server.url;
  }

  readonly channel: ScriptedAgent['channel'] = {
    fetch: (path, request) => fetch(`${this.url}${path}`, request),
  };

  dropConnections(): void {
    this.server.dropConnections();
  }

  async close(): Promise<void> {
    await this.server.close();
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parsed = RunAgentInputSchema.safeParse(await json(request));
    if (!parsed.success) return void response.writeHead(400).end(parsed.error.message);
    const input = parsed.data as RunAgentInput;
    const thread = this.threads.get(input.threadId) ?? new Thread(this.script);
    this.threads.set(input.threadId, thread);
    const { accept } = request.headers;
    const encoder = new EventEncoder(accept === undefined ? {} : { accept });
    response.writeHead(200, { 'content-type': encoder.getContentType() });
    await thread.run(input, (event) => response.write(encoder.encode(EventSchemas.parse(event))));
    response.end();
  }
}
