// What each fault does to a request on the wire: a refusal in place of work, a later landing, or a misshapen answer.
import type { Changes } from './changes.js';
import type { Clock } from './clock.js';
import type { Fault } from './faults.js';
import type { RequestLog, RequestRecord } from './request-log.js';
import type { Shaping } from './wire/deliver.js';
import { encodeError, type Reply } from './wire/encode-output.js';
import { ServiceError } from './wire/service-error.js';

export interface Surroundings {
  readonly clock: Clock;
  readonly changes: Changes;
  readonly log: RequestLog;
}

/** The answer given instead of doing any work; undefined when the request goes on. */
export function refusalOf(fault: Fault | undefined): Reply | undefined {
  switch (fault?.kind) {
    case 'throttle':
      return encodeError(new ServiceError('ThrottlingException', 'Rate exceeded'));
    case 'error':
      return encodeError(new ServiceError(fault.type, fault.message ?? 'The service failed on purpose'));
    case 'html':
      return htmlPage(fault.status ?? 503);
    default:
      return undefined;
  }
}

/** Resolves when the request may land. */
export async function untilLanded(
  fault: Fault | undefined,
  record: RequestRecord,
  around: Surroundings,
): Promise<void> {
  if (fault?.kind !== 'late') return;
  if ('afterMs' in fault) return pause(fault.afterMs, around.clock);
  const { sessionId, order } = record;
  const stops = (): readonly RequestRecord[] => around.log.requests({ operation: 'StopRuntimeSession', sessionId });
  await around.changes.when(() => stops().some((stop) => stop.order > order && stop.outcome !== 'pending'));
}

export function shapingOf(fault: Fault | undefined, clock: Clock): Shaping {
  switch (fault?.kind) {
    case 'lost-response':
      return { loseResponse: true };
    case 'reset':
      return { resetAfterChunks: fault.afterChunks };
    case 'slow-body':
      return { beforeChunk: () => pause(fault.everyMs, clock) };
    default:
      return {};
  }
}

function pause(ms: number, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(ms, resolve);
  });
}

function htmlPage(status: number): Reply {
  const body = Buffer.from(
    `<html><head><title>${status}</title></head><body><h1>Service unavailable</h1></body></html>`,
  );
  return { status, headers: { 'content-type': 'text/html' }, body };
}
