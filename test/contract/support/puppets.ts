// The test's side of puppet agents: runs the script of a test for each agent that the worker starts.
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { AgentEnd, AgentScript, ScriptedWork } from '@agent-dispatch/core/testing';
import type { WorkerEvent } from '@agent-dispatch/schemas';

/** What the worker tells an agent: first the task, then messages; and the word of the puppet that it has done something. */
interface Line {
  readonly instruction?: string;
  readonly type?: string;
  readonly text?: string;
  readonly requestId?: string;
  readonly done?: true;
}

export class Puppets {
  private readonly connections = new Set<Socket>();
  private readonly server = createServer((socket) => {
    this.connections.add(socket);
    socket.on('error', () => socket.destroy());
    void new Puppet(socket).play(this.script);
  });

  private constructor(private readonly script: AgentScript) {}

  static async start(script: AgentScript): Promise<Puppets> {
    const puppets = new Puppets(script);
    await new Promise<void>((resolve) => puppets.server.listen(0, '127.0.0.1', resolve));
    return puppets;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    for (const socket of this.connections) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

class Puppet {
  private readonly stopping = new AbortController();
  private readonly waiting: { takes: (line: Line) => boolean; resolve: (line: Line) => void }[] = [];
  private readonly unheard: Line[] = [];
  private readonly gone: Promise<void>;
  private questions = 0;

  constructor(private readonly socket: Socket) {
    // A puppet goes when its process is ended.
    this.gone = new Promise((resolve) => socket.once('close', () => resolve()));
    void this.gone.then(() => this.stopping.abort());
    createInterface({ input: socket }).on('line', (text) => this.take(JSON.parse(text) as Line));
  }

  async play(script: AgentScript): Promise<void> {
    const { instruction = '' } = await this.next((line) => line.instruction !== undefined);
    const end = await script(this.scripted(instruction)).catch((error: unknown): AgentEnd => ({
      failure: String(error),
    }));
    if (this.stopping.signal.aborted) return;
    if ('result' in end) await this.print({ type: 'ended', outcome: 'succeeded', result: { text: end.result } });
    else await this.print({ type: 'ended', outcome: 'failed', error: { code: 'AGENT_FAILED', message: end.failure } });
  }

  private scripted(instruction: string): ScriptedWork {
    return {
      instruction,
      stopped: this.stopping.signal,
      say: async (text) => this.print({ type: 'log', stream: 'agent', text }),
      ask: async (question) => {
        const requestId = `question-${String((this.questions += 1))}`;
        await this.print({ type: 'input_required', request: { requestId, question } });
        return (await this.next((line) => line.requestId === requestId)).text ?? '';
      },
      hear: async () => (await this.next((line) => line.type === 'message' && line.requestId === undefined)).text ?? '',
      leave: async ({ name, bytes }) => {
        const write = { name, base64: Buffer.from(bytes).toString('base64') };
        await this.tell({ write, print: { type: 'artifact', name } });
      },
    };
  }

  private async print(event: WorkerEvent): Promise<void> {
    await this.tell({ print: event });
  }

  /** Resolves when the puppet has done it, or is gone. */
  private async tell(what: object): Promise<void> {
    this.socket.write(`${JSON.stringify(what)}\n`);
    await Promise.race([this.next((line) => line.done === true), this.gone]);
  }

  private async next(takes: (line: Line) => boolean): Promise<Line> {
    const index = this.unheard.findIndex(takes);
    const [line] = index < 0 ? [] : this.unheard.splice(index, 1);
    return line ?? (await new Promise<Line>((resolve) => this.waiting.push({ takes, resolve })));
  }

  private take(line: Line): void {
    const index = this.waiting.findIndex(({ takes }) => takes(line));
    const [waiting] = index < 0 ? [] : this.waiting.splice(index, 1);
    if (waiting) waiting.resolve(line);
    else this.unheard.push(line);
  }
}
