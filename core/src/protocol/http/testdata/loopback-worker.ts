// Stands for AgentDispatch's worker on loopback: the calls of its contract over real connections, with a scripted agent and
// every fault that a test asks for.
import { createHash } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import {
  validate,
  type WorkerAnswer,
  type WorkerCall,
  type WorkerEvent,
  type WorkerRefusal,
} from '@agent-dispatch/schemas';
import type { AgentScript, ScriptedAgent } from '../../../testing/index.js';
import { LoopbackRun } from './loopback-run.js';

/** Answers in the worker's place; undefined: the worker answers itself. */
export type Fault = (call: WorkerCall, response: ServerResponse) => boolean;

export class LoopbackWorker implements ScriptedAgent {
  bootId = 'boot-1';
  readonly calls: WorkerCall[] = [];
  readonly runs = new Map<string, LoopbackRun>();
  /** Files that were put, by invocation and digest. */
  readonly files = new Map<string, Buffer>();
  /** Answers in the worker's place where it returns true. */
  fault: Fault = () => false;
  private readonly server = createServer((request, response) => {
    void json(request).then(
      (body) => this.answer(body as WorkerCall, response),
      () => response.destroy(),
    );
  });

  private constructor(private readonly script: AgentScript) {}

  static async start(script: AgentScript): Promise<LoopbackWorker> {
    const worker = new LoopbackWorker(script);
    await new Promise<void>((resolve) => worker.server.listen(0, '127.0.0.1', resolve));
    return worker;
  }

  readonly channel: ScriptedAgent['channel'] = {
    fetch: (path, request) => {
      const { port } = this.server.address() as AddressInfo;
      return fetch(`http://127.0.0.1:${port}${path}`, request);
    },
  };

  /** The only run. */
  get run(): LoopbackRun {
    const [run] = this.runs.values();
    if (run === undefined) throw new Error('nothing was started');
    return run;
  }

  callsOf(name: WorkerCall['agentdispatch']): WorkerCall[] {
    return this.calls.filter(({ agentdispatch }) => agentdispatch === name);
  }

  /** The machine is another one now, and knows nothing. */
  reboot(): void {
    this.bootId = `${this.bootId}-again`;
    this.runs.clear();
    this.files.clear();
  }

  dropConnections(): void {
    this.server.closeAllConnections();
  }

  async close(): Promise<void> {
    for (const run of this.runs.values()) await run.cancel();
    await new Promise<void>((resolve) => {
      this.server.close(() => resolve());
      this.server.closeAllConnections();
    });
  }

  private async answer(call: WorkerCall, response: ServerResponse): Promise<void> {
    this.calls.push(call);
    if (this.fault(call, response)) return;
    const problems = validate('WorkerCall', call);
    const answer =
      problems.length > 0 ? refused('invalid', JSON.stringify(problems)) : await this.carriedOut(call, response);
    if (answer === undefined) return;
    this.sendJson(response, answer);
  }

  sendJson(response: ServerResponse, answer: Partial<WorkerAnswer>): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ worker: 1, bootId: this.bootId, ...answer }));
  }

  private async carriedOut(call: WorkerCall, response: ServerResponse): Promise<Partial<WorkerAnswer> | undefined> {
    if (call.agentdispatch === 'start') return this.begin(call);
    if (call.agentdispatch === 'put_input') return this.put(call);
    const run = this.runs.get(call.invocationId ?? '');
    if (call.agentdispatch === 'follow') {
      await this.follow(call, run, response);
      return undefined;
    }
    if (run === undefined) return refused('unknown_run', 'Nothing is known of it here.');
    switch (call.agentdispatch) {
      case 'send':
        return { receipt: run.send(call.message), state: run.state };
      case 'cancel':
        await run.cancel();
        return { state: run.state };
      default:
        return this.piece(call, run, response);
    }
  }

  private begin({ task }: WorkerCall): Partial<WorkerAnswer> {
    if (task === undefined) return refused('invalid', 'no task');
    const known = this.runs.get(task.invocationId);
    if (known !== undefined && known.task.taskId !== task.taskId)
      return refused('another_task', 'It is of another task.');
    for (const { path, sha256, text, base64 } of task.inputs ?? []) {
      const inline = text === undefined ? base64 : Buffer.from(text).toString('base64');
      const bytes =
        inline === undefined ? this.files.get(`${task.invocationId}/${sha256}`) : Buffer.from(inline, 'base64');
      if (bytes === undefined || digest(bytes) !== sha256) return refused('digest_mismatch', `${path} is not there.`);
    }
    const run = known ?? new LoopbackRun(task, this.script);
    this.runs.set(task.invocationId, run);
    return { state: run.state, lastSeq: run.events.length };
  }

  private put(call: WorkerCall): Partial<WorkerAnswer> {
    const { invocationId = '', sha256 = '', size = 0, offset = 0, base64 = '' } = call;
    if (this.runs.has(invocationId)) return refused('invalid', 'The run has begun.');
    const name = `${invocationId}/${sha256}`;
    const there = this.files.get(name) ?? Buffer.alloc(0);
    const bytes = Buffer.from(base64, 'base64');
    if (offset > there.length || offset + bytes.length > size) return refused('invalid', 'The piece does not fit.');
    const placed = Buffer.concat([there.subarray(0, offset), bytes, there.subarray(offset + bytes.length)]);
    this.files.set(name, placed);
    return { received: placed.length };
  }

  private async follow(call: WorkerCall, run: LoopbackRun | undefined, response: ServerResponse): Promise<void> {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' });
    const write = (event: WorkerEvent): void => void response.write(`${JSON.stringify(event)}\n`);
    if (run === undefined) {
      write({
        type: 'refused',
        bootId: this.bootId,
        error: { code: 'unknown_run', message: 'Nothing is known of it.' },
      });
      response.end();
      return;
    }
    write({ type: 'attached', bootId: this.bootId });
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    const { after = 0, waitSeconds = 600 } = call;
    for await (const event of run.after(after, waitSeconds === 0, gone.signal)) write(event);
    response.end();
  }

  private piece(call: WorkerCall, run: LoopbackRun, response: ServerResponse): Partial<WorkerAnswer> | undefined {
    const { name = '', offset = 0, maxBytes = 4 * 1024 * 1024 } = call;
    const bytes = run.files.get(name);
    if (bytes === undefined) return refused('invalid', `There is no artifact ${name}.`);
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    response.end(bytes.subarray(offset, offset + maxBytes));
    return undefined;
  }
}

export const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

const refused = (code: WorkerRefusal['code'], message: string): Partial<WorkerAnswer> => ({ error: { code, message } });
