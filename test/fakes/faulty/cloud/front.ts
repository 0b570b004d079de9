// The wire: reads a request, writes it into the log, lets it meet its fault, and answers. The effect of a request and its
// answer come apart here, and nowhere else.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Changes } from '@agent-dispatch/test/fakes/agentcore/changes.js';
import type { Fault, FaultPlan, Operation } from './faults.js';
import type { Owner } from './job.js';
import type { JobTable } from './jobs.js';
import { ROUTES, type Answer } from './routes.js';
import { writeEvents } from './write-events.js';

export interface RequestRecord {
  readonly at: number;
  readonly operation: Operation;
  readonly method: string;
  readonly path: string;
  readonly owner: Owner;
  /** Process id of the caller, as it says itself. */
  readonly hostPid: number;
  readonly fault: Fault['kind'] | undefined;
  /** What the request did; undefined while it has done nothing. */
  status: number | undefined;
}

export interface World {
  readonly table: JobTable;
  readonly faults: FaultPlan;
  readonly log: RequestRecord[];
  readonly changes: Changes;
  readonly now: () => number;
}

export class Front {
  constructor(private readonly world: World) {}

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://cloud');
    const method = request.method ?? '';
    const path = url.pathname;
    const route = ROUTES.find((candidate) => candidate.method === method && candidate.path.test(path));
    const body = await bodyOf(request);
    if (route === undefined) return void response.writeHead(400).end();
    const { table, faults, log, now } = this.world;
    table.expire();
    const owner = json(request, 'x-attempt') as Owner;
    const { operation } = route;
    faults.ordered(owner.taskId, json(request, 'x-faults') as Fault[]);
    const fault = faults.take(operation, owner.taskId);
    const hostPid = Number(request.headers['x-host-pid']);
    const record: RequestRecord = {
      ...{ at: now(), operation, method, path, owner, hostPid },
      ...{ fault: fault?.kind, status: undefined },
    };
    log.push(record);
    this.world.changes.notify();
    const parts = (route.path.exec(path) ?? []).slice(1).map(decodeURIComponent);
    const effect = (): Answer => {
      const answer = route.run(table, { owner, parts, query: url.searchParams, body, fault }, now());
      record.status = answer.status;
      this.world.changes.notify();
      return answer;
    };
    this.meet(fault, { effect, response, record });
  }

  private meet(
    fault: Fault | undefined,
    { effect, response, record }: { effect: () => Answer; response: ServerResponse; record: RequestRecord },
  ): void {
    switch (fault?.kind) {
      case 'error':
        record.status = fault.status ?? 500;
        return void response.writeHead(record.status).end();
      case 'hang':
        return;
      case 'lost-response':
        effect();
        return void response.destroy();
      case 'late':
        response.destroy();
        return this.landLater(fault, record.owner, effect);
      case 'kill-host':
        if (fault.before !== true) effect();
        process.kill(record.hostPid, 'SIGKILL');
        return void response.destroy();
      case 'slow':
        return this.slow(fault, record.operation, () => effect(), response);
      case 'linger':
      case 'keep':
      case 'duplicate':
      case 'reset':
      case 'forget':
      case undefined:
        return answerWith(effect(), response, fault);
    }
  }

  /** A machine is slow to become ready; any other request has its effect at once and is slow to be answered. */
  private slow(fault: Fault, operation: Operation, effect: () => Answer, response: ServerResponse): void {
    const answer = effect();
    if (operation === 'provision') return answerWith(answer, response, fault);
    setTimeout(() => answerWith(answer, response, fault), fault.ms ?? 0).unref();
  }

  private landLater({ ms }: Fault, { taskId }: Owner, effect: () => Answer): void {
    if (ms !== undefined) return void setTimeout(effect, ms).unref();
    const stopped = (): boolean =>
      this.world.log.some(
        ({ operation, owner, status }) => operation === 'stop' && owner.taskId === taskId && status === 200,
      );
    void this.world.changes.when(stopped).then(effect);
  }
}

function answerWith({ status, body, stream }: Answer, response: ServerResponse, fault: Fault | undefined): void {
  if (stream) return writeEvents(response, stream, fault);
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = '';
  for await (const bytes of request.setEncoding('utf8')) text += String(bytes);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}

const json = ({ headers }: IncomingMessage, name: string): unknown => JSON.parse(String(headers[name]));
