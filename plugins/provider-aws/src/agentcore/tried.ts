// Calls of a check, whose failures are findings.
import type { CheckFinding } from '@agent-dispatch/core/provider';

export type Tried<Value> = { value: Value } | { finding: CheckFinding; code: string | undefined };

export async function tried<Value>(name: string, run: () => Promise<Value>): Promise<Tried<Value>> {
  try {
    return { value: await run() };
  } catch (error) {
    const { code, message, hint } = error as { code?: string; message: string; hint?: string };
    return { finding: { name, status: 'fail', message, ...(hint !== undefined && { fix: hint }) }, code };
  }
}

/** Descriptions are not needed to run tasks, so being denied one is no failure. */
export function optional(finding: CheckFinding, code: string | undefined): CheckFinding {
  return code === 'AD_PROVIDER_DENIED' ? { ...finding, status: 'warn' } : finding;
}
