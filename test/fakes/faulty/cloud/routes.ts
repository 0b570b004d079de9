// What each request does to the cloud, and what it answers. Knows nothing of connections.
import type { Fault, Operation } from './faults.js';
import type { Job, Order, Owner } from './job.js';
import type { JobTable } from './jobs.js';

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  /** The answer is the job's events after this number. */
  readonly stream?: { readonly job: Job; readonly after: number };
}

export interface Call {
  readonly owner: Owner;
  /** Parts of the path that the route leaves open. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** Of a kind that is the route's own affair. */
  readonly fault: Fault | undefined;
}

export interface Route {
  readonly operation: Operation;
  readonly method: string;
  readonly path: RegExp;
  readonly run: (table: JobTable, call: Call, now: number) => Answer;
}

const ABSENT: Answer = { status: 404 };
const GONE: Answer = { status: 410, body: {} };
const CONFLICT: Answer = { status: 409 };

/** What every start says, whichever way. */
const orderIn = (body: Call['body']) => body as unknown as Omit<Order, 'owner'>;

const begin = (table: JobTable, { owner, body }: Call, id: string): Job | undefined =>
  table.begin(id, { ...orderIn(body), owner });

const streamed = (job: Job | undefined, after = 0): Answer =>
  job === undefined ? CONFLICT : { status: 200, stream: { job, after } };

const next = (table: JobTable): string => `job-${String(table.jobs.size + 1)}`;

export const ROUTES: readonly Route[] = [
  {
    operation: 'list',
    method: 'GET',
    path: /^\/machines$/,
    run: (table) => ({ status: 200, body: [...table.machines.values()] }),
  },
  {
    operation: 'provision',
    method: 'PUT',
    path: /^\/machines\/([^/]+)$/,
    run(table, { owner, parts: [name = ''], body, fault }, now) {
      const expiresAt = Number(body['expiresAt']);
      const machine = table.machines.get(name) ?? {
        name,
        owner,
        createdAt: now,
        expiresAt,
        readyAt: now + (fault?.ms ?? 0),
      };
      machine.expiresAt = Math.max(machine.expiresAt, expiresAt);
      table.machines.set(name, machine);
      return { status: 200, body: { state: machine.readyAt > now ? 'creating' : 'ready' } };
    },
  },
  {
    operation: 'look',
    method: 'GET',
    path: /^\/machines\/([^/]+)$/,
    run(table, { parts: [name = ''] }, now) {
      const machine = table.machines.get(name);
      return machine ? { status: 200, body: { state: machine.readyAt > now ? 'creating' : 'ready' } } : ABSENT;
    },
  },
  {
    operation: 'remove',
    method: 'DELETE',
    path: /^\/machines\/([^/]+)$/,
    run(table, { parts: [name = ''], fault }) {
      if (!table.machines.has(name)) return ABSENT;
      if (fault?.kind !== 'keep') table.remove(name);
      return { status: 202 };
    },
  },
  {
    operation: 'start',
    method: 'PUT',
    path: /^\/jobs\/([^/]+)$/,
    run: (table, call) => (begin(table, call, call.parts[0] ?? '') ? { status: 200, body: {} } : CONFLICT),
  },
  {
    operation: 'start',
    method: 'POST',
    path: /^\/jobs$/,
    run(table, call) {
      if (call.body['door'] !== table.door(orderIn(call.body).name)) return CONFLICT;
      const job = begin(table, call, next(table));
      return job ? { status: 201, body: { job: job.id } } : CONFLICT;
    },
  },
  {
    operation: 'start',
    method: 'POST',
    path: /^\/streams$/,
    run: (table, call) => streamed(begin(table, call, next(table))),
  },
  {
    operation: 'find',
    method: 'GET',
    path: /^\/jobs\/([^/]+)$/,
    run(table, { parts: [id = ''], fault }) {
      const job = table.jobs.get(id);
      if (job && fault?.kind === 'forget') job.forgotten = true;
      if (job?.forgotten) return GONE;
      return job ? { status: 200, body: {} } : ABSENT;
    },
  },
  {
    operation: 'find',
    method: 'POST',
    path: /^\/attempts\/([^/]+)\/shut$/,
    run(table, { parts: [attempt = ''], fault }) {
      table.shut(attempt, false);
      const job = table.jobOf(attempt);
      if (job && fault?.kind === 'forget') job.forgotten = true;
      if (job?.forgotten) return GONE;
      return { status: 200, body: { door: table.door(attempt), ...(job && { job: job.id }) } };
    },
  },
  {
    operation: 'door',
    method: 'GET',
    path: /^\/attempts\/([^/]+)\/door$/,
    run: (table, { parts: [attempt = ''] }) => ({ status: 200, body: { door: table.door(attempt) } }),
  },
  {
    operation: 'stop',
    method: 'POST',
    path: /^\/attempts\/([^/]+)\/stop$/,
    run(table, { parts: [attempt = ''], fault }) {
      table.shut(attempt, true);
      const running = table.stop(attempt, fault?.kind === 'linger' ? (fault.ms ?? 0) : undefined);
      return { status: 200, body: { running } };
    },
  },
  {
    operation: 'follow',
    method: 'GET',
    path: /^\/jobs\/([^/]+)\/events$/,
    run(table, { parts: [id = ''], query }) {
      const job = table.jobs.get(id);
      return job ? streamed(job, Number(query.get('after') ?? 0)) : ABSENT;
    },
  },
];
