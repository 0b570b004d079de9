// Sends what is sent once a second time where the service refused its signature for its time: then nothing began. A machine's
// clock may be wrong, and the SDK sets that right for calls that it may repeat alone.

/** Of an SDK client. */
interface Timed {
  readonly config: { /** By how much the service's clock is ahead of ours. */ systemClockOffset: number };
}

/** A signature is taken for five minutes; less than this is no reason to refuse it. */
const LEAST_SKEW_MS = 4 * 60_000;

/** What a signature is refused with, for its time or for another reason. */
const REFUSALS: ReadonlySet<unknown> = new Set([
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'RequestExpired',
  'RequestInTheFuture',
  'RequestTimeTooSkewed',
]);

/** Errors: those of sending. */
export async function atRightTime<Answer>(client: Timed, send: () => Promise<Answer>): Promise<Answer> {
  const assumed = client.config.systemClockOffset;
  try {
    return await send();
  } catch (error) {
    const aheadMs = aheadBy(error);
    if (aheadMs === undefined || Math.abs(aheadMs - assumed) < LEAST_SKEW_MS) throw error;
    client.config.systemClockOffset = aheadMs;
    return send();
  }
}

/** Undefined: it is no refusal of a signature, or does not tell the service's time. */
function aheadBy(error: unknown): number | undefined {
  const { name, $response } = error as { name?: unknown; $response?: { headers?: Record<string, string> } };
  const at = Date.parse($response?.headers?.['date'] ?? '');
  return REFUSALS.has(name) && !Number.isNaN(at) ? at - Date.now() : undefined;
}
