// Who asked for what, through which client: one line for each call that changes something, and for each that was refused.
// Holds no text of a caller, only its digest and size, and no secret. Where lines are kept: store/audit-file.ts.
import { createHash } from 'node:crypto';
import { isRecord } from '../config/record.js';
import { toDispatchError } from '../errors/index.js';
import { readTrace, type CallerIdentity } from '../intake/index.js';
import { createRedactor } from '../policy/index.js';
import type { Logger } from '../provider/index.js';
import { isTaskId, type AuditTrail } from '../store/index.js';
import type { Witness } from './caller-store.js';

export type AuditedOperation = 'spawn' | 'dispatch' | 'send' | 'cancel' | 'gc';

export interface AuditedCall {
  operation: AuditedOperation;
  caller: CallerIdentity;
  now: () => number;
  logger: Logger;
}

type Outcome = 'accepted' | 'repeated' | 'refused';

/** What clients say of themselves is cut. Characters. */
const MOST = 256;
const redactor = createRedactor();

/** The lines of one call. No method throws: what was done counts, told or not. */
export class Audit implements Witness {
  /** What the call did is told: a failure after it, as to wait, refuses nothing. */
  private isTold = false;

  constructor(
    private readonly trail: AuditTrail,
    private readonly call: AuditedCall,
  ) {}

  created: Witness['created'] = ({ taskId, request, route }, isNew, input) =>
    this.write(isNew ? 'accepted' : 'repeated', async () => {
      const { runtime, taskType, continueFrom, parent } = request;
      return {
        taskId,
        taskType,
        ...(runtime !== undefined && { runtime }),
        provider: route.provider,
        driver: route.driver,
        account: route.account,
        ...(continueFrom !== undefined && { continueFrom }),
        ...(parent !== undefined && { parent }),
        ...(await this.inputOf(input)),
      };
    });

  posted: Witness['posted'] = (taskId, { kind, body }) =>
    this.write('accepted', () => {
      const text = kind === 'message' ? body['text'] : body['reason'];
      return { taskId, ...(typeof text === 'string' && { text: measured(text) }) };
    });

  /** Told once it is done: what was found and what was removed. */
  swept(found: number, removed: number): Promise<void> {
    return this.write('accepted', () => ({ found, removed }));
  }

  async refused(input: unknown, error: unknown): Promise<void> {
    if (this.isTold) return;
    await this.write('refused', () => {
      const taskId = isRecord(input) ? input['task_id'] : undefined;
      const isId = typeof taskId === 'string' && isTaskId(taskId);
      return { ...(isId && { taskId }), error: toDispatchError(error).code };
    });
  }

  /** Without it where it cannot be read: who asked counts more. */
  private async inputOf(read: () => Promise<string | Uint8Array>): Promise<{ input?: object }> {
    try {
      return { input: measured(await read()) };
    } catch (error) {
      this.call.logger.warn('the input of a task could not be measured for the audit file', { error: String(error) });
      return {};
    }
  }

  private async write(outcome: Outcome, more: () => object | Promise<object>): Promise<void> {
    const { operation, caller, now, logger } = this.call;
    this.isTold = true;
    try {
      const at = new Date(now()).toISOString();
      await this.trail.write({ at, operation, outcome, ...whoOf(caller), ...(await more()) }, outcome === 'accepted');
    } catch (error) {
      logger.warn('a line of the audit file could not be made', { operation, outcome, error: String(error) });
    }
  }
}

function whoOf({ subject, client, callId, trace }: CallerIdentity): object {
  const { traceparent } = readTrace(trace) ?? {};
  const version = client?.version === undefined ? {} : { version: told(client.version) };
  return {
    ...(subject !== undefined && { subject: told(subject) }),
    ...(client && { client: { name: told(client.name), ...version } }),
    ...(callId !== undefined && { callId: told(callId) }),
    ...(traceparent !== undefined && { traceparent }),
  };
}

const told = (text: string): string => redactor.text(text.slice(0, MOST));

const measured = (text: string | Uint8Array): { sha256: string; bytes: number } => ({
  sha256: createHash('sha256').update(text).digest('hex'),
  bytes: Buffer.byteLength(text),
});
