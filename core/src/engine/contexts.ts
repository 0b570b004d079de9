// What a driver's verb is given beside the handle: account, request, secrets, time. Decides nothing.
import type { DispatchRequest, Handle, TaskRecord } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import type { DriverContext, PlanContext } from '../provider/index.js';
import type { EnginePorts, OutputRedactor } from './ports.js';
import { wholeRequest } from './input-files.js';

export class Contexts {
  constructor(private readonly ports: EnginePorts) {}

  async forPlan(record: TaskRecord, attempt: number): Promise<PlanContext> {
    const continued = await this.continued(record);
    return {
      installationId: this.ports.store.installationId,
      taskId: record.taskId,
      attempt,
      account: this.ports.accounts.profile(record.route.account),
      deadline: record.deadlineAt,
      directory: this.ports.directory(record.route.provider),
      ...(continued && { continued }),
    };
  }

  /** Errors: AD_TASK_NOT_FOUND when the task to go on from is there no longer. */
  private async continued({ request: { continueFrom } }: TaskRecord): Promise<PlanContext['continued']> {
    if (continueFrom === undefined) return undefined;
    const earlier = await this.ports.store.get(continueFrom);
    const attempt = earlier?.record.attempts?.at(-1);
    if (earlier === undefined || attempt?.handle === undefined) {
      throw new DispatchError('AD_TASK_NOT_FOUND', `task ${continueFrom}, whose work was to be continued, is not here`);
    }
    return { taskId: continueFrom, handle: unreleased(earlier.record, attempt.number, attempt.handle) };
  }

  /** Of a verb that is called once work may have begun. */
  async late(record: TaskRecord, attempt: number, signal: AbortSignal): Promise<DriverContext> {
    const secrets = await this.secretValues(record, 'late');
    return await this.of(record, attempt, {
      signal,
      secrets,
      redactor: this.ports.redactor(Object.values(secrets)),
    });
  }

  async of(
    record: TaskRecord,
    attempt: number,
    more: { signal: AbortSignal; redactor: OutputRedactor; secrets: Record<string, string> },
  ): Promise<DriverContext> {
    const { clock, logger, accounts } = this.ports;
    return {
      ...(await this.forPlan(record, attempt)),
      request: await wholeRequest(this.ports.store, record),
      signal: more.signal,
      clock,
      logger,
      redactor: more.redactor,
      environment: accounts.environment(record.route.account),
      secrets: more.secrets,
      ...(record.trace && { trace: record.trace }),
      ...(record.route.agent && { agent: record.route.agent }),
      pace: () => this.ports.pace(record.route, more.signal),
    };
  }

  /** @param when late: work may have begun, and a reference that yields nothing any more must not stop what follows. */
  async secretValues(record: TaskRecord, when: 'begin' | 'late'): Promise<Record<string, string>> {
    const references: DispatchRequest['secrets'] = record.request.secrets ?? {};
    if (when === 'begin') return await this.ports.secrets.resolve(references);
    try {
      return await this.ports.secrets.resolve(references);
    } catch (error) {
      this.ports.logger.warn('a secret cannot be resolved any more', {
        taskId: record.taskId,
        error: String(error),
      });
      return {};
    }
  }
}

/** A driver cannot always see that what it kept is gone; the ledger knows. */
function unreleased({ resources }: TaskRecord, number: number, handle: Handle): Handle {
  const isReleased = (id: string): boolean =>
    resources.some(
      ({ resource, attempt, state }) =>
        resource.id === id && attempt === number && (state === 'removing' || state === 'released'),
    );
  return { ...handle, resources: handle.resources.filter(({ id }) => !isReleased(id)) };
}
