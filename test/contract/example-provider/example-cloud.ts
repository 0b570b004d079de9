// The Example cloud at the wire: its program `print` writes each argument as a line, `fail` ends with code 3, `wait` prints and
// then runs until it is told to finish. Counts for itself.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

interface Job {
  state: 'running' | 'ended' | 'cancelled';
  exitCode?: number;
  lines: string[];
  expiresAt: number;
}

interface Order {
  command: string[];
  expiresAt: number;
}

export class ExampleCloud {
  readonly jobs = new Map<string, Job>();
  /** Name of each job that was begun. */
  readonly begun: string[] = [];
  isBroken = false;
  private readonly barred = new Set<string>();
  private readonly told = new Set<string>();
  private readonly server = createServer((request, response) => {
    this.answer(request, response).catch((error: unknown) => response.destroy(error as Error));
  });

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  of(taskId: string): Job[] {
    return [...this.jobs].flatMap(([name, job]) => (name.includes(taskId) ? [job] : []));
  }

  finish(taskId: string): void {
    this.told.add(taskId);
    for (const job of this.of(taskId)) end(job, 'ended', 0);
  }

  expire(now: number): void {
    for (const job of this.jobs.values()) if (job.expiresAt <= now) end(job, 'cancelled');
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, url = '/' } = request;
    const { pathname, searchParams } = new URL(url, 'http://cloud');
    const [, , name = '', verb] = pathname.split('/');
    const send = (status: number, body: object = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    const job = this.jobs.get(name);
    if (this.isBroken) return send(418);
    if (method === 'PUT') return send(200, job ?? this.begin(name, JSON.parse(await text(request)) as Order));
    if (verb === 'cancel') this.bar(name, job);
    if (job === undefined) return send(verb === 'cancel' ? 200 : 404);
    if (method === 'DELETE') {
      this.bar(name, job);
      this.jobs.delete(name);
    }
    return send(200, { ...job, lines: job.lines.slice(Number(searchParams.get('after') ?? 0)) });
  }

  private begin(name: string, { command, expiresAt }: Order): object {
    if (this.barred.has(name)) return {};
    const [program, ...words] = command;
    const job: Job = { state: 'running', lines: words.map((word) => `${word}\n`), expiresAt };
    this.jobs.set(name, job);
    this.begun.push(name);
    const isTold = [...this.told].some((taskId) => name.includes(taskId));
    if (program !== 'wait' || isTold) end(job, 'ended', program === 'fail' ? 3 : 0);
    return job;
  }

  private bar(name: string, job: Job | undefined): void {
    this.barred.add(name);
    if (job !== undefined) end(job, 'cancelled');
  }
}

function end(job: Job, state: 'ended' | 'cancelled', exitCode?: number): void {
  if (job.state !== 'running') return;
  job.state = state;
  if (exitCode !== undefined) job.exitCode = exitCode;
}
