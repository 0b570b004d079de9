// Starts the fake cloud: one loopback server, its state, and what tests observe and steer it by.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Changes } from '@agent-dispatch/test/fakes/agentcore/changes.js';
import { FaultPlan } from './faults.js';
import { Front, type RequestRecord } from './front.js';
import type { Owner } from './job.js';
import { type Execution, JobTable } from './jobs.js';

/** Something that costs money. */
export interface AliveThing {
  readonly kind: 'machine' | 'job';
  readonly name: string;
  readonly owner: Owner;
  /** When the cloud ends it by itself, epoch milliseconds. */
  readonly expiresAt: number;
}

export interface FaultyCloud {
  /** For `url` of an account of the provider. */
  readonly url: string;
  /** Starts that took effect, in order; of one task if given. */
  executions(taskId?: string): readonly Execution[];
  /** Machines, and jobs that run; of one task if given. */
  alive(taskId?: string): readonly AliveThing[];
  /** Every request, in order of arrival. */
  readonly log: readonly RequestRecord[];
  readonly faults: FaultPlan;
  /** Work of the task that waits to be told ends well: now, or as soon as it begins. */
  finish(taskId: string): void;
  /** Moves the cloud's time on; what it does not let live so long is ended. */
  passTime(ms: number): void;
  /** Resolves once the condition holds; looked at after every change. */
  when(condition: () => boolean): Promise<void>;
  /** @throws AggregateError when the fake itself failed on a request. */
  close(): Promise<void>;
}

export async function startFaultyCloud({ port = 0 }: { port?: number } = {}): Promise<FaultyCloud> {
  let passed = 0;
  const now = (): number => Date.now() + passed;
  const changes = new Changes();
  const table = new JobTable(now, changes);
  const faults = new FaultPlan();
  const log: RequestRecord[] = [];
  const front = new Front({ table, faults, log, changes, now });
  const defects: unknown[] = [];
  const server = createServer((request, response) => {
    front.serve(request, response).catch((cause: unknown) => {
      if (!request.destroyed) defects.push(cause);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    executions: (taskId) => table.executions.filter(({ owner }) => owner.taskId === (taskId ?? owner.taskId)),
    alive: (taskId) => aliveIn(table).filter(({ owner }) => owner.taskId === (taskId ?? owner.taskId)),
    log,
    faults,
    finish: (taskId) => table.finish(taskId),
    passTime(ms) {
      passed += ms;
      table.expire();
    },
    when: (condition) => changes.when(condition),
    close: () =>
      new Promise((resolve, reject) => {
        server.close(() => {
          if (defects.length === 0) resolve();
          else reject(new AggregateError(defects, 'the fake cloud failed on its own account'));
        });
        server.closeAllConnections();
      }),
  };
}

function aliveIn(table: JobTable): AliveThing[] {
  table.expire();
  const machines = [...table.machines.values()].map(({ name, owner, expiresAt }): AliveThing => ({
    kind: 'machine',
    name,
    owner,
    expiresAt,
  }));
  const jobs = [...table.jobs.values()]
    .filter(({ isRunning }) => isRunning)
    .map(({ id, owner, machine }): AliveThing => {
      const expiresAt = table.machines.get(machine)?.expiresAt ?? Infinity;
      return { kind: 'job', name: id, owner, expiresAt };
    });
  return [...machines, ...jobs];
}
