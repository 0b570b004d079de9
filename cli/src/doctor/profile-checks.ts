// What only the control plane can tell: whether it can be reached, and whether each runtime can be used.
import type { ControlPlane } from '@agent-dispatch/core';
import { toDispatchError } from '@agent-dispatch/core/errors';
import type { Check } from './local-checks.js';

/** Asks for every runtime profile. @param live also asks the cloud. */
export async function checkRuntimes(
  controlPlane: Pick<ControlPlane, 'runtimes' | 'check'>,
  live: boolean,
): Promise<Check[]> {
  const { runtimes } = await controlPlane.runtimes({});
  if (runtimes.length === 0) {
    const fix = 'Run `agentdispatch init`.';
    return [{ name: 'runtimes', status: 'fail', message: 'No runtime profile is configured.', fix }];
  }
  const checks = await Promise.all(runtimes.map(({ name }) => checkRuntime(controlPlane, name, live)));
  return checks.flat();
}

async function checkRuntime(
  controlPlane: Pick<ControlPlane, 'check'>,
  runtime: string,
  live: boolean,
): Promise<Check[]> {
  try {
    const { checks } = await controlPlane.check({ runtime, live });
    return checks.map((check) => ({ ...check, name: `runtime ${runtime}: ${check.name}` }));
  } catch (error) {
    return [failed(`runtime ${runtime}`, error)];
  }
}

/** An error as a finding. */
export function failed(name: string, thrown: unknown): Check {
  const { code, message, hint, problems = [] } = toDispatchError(thrown);
  const places = problems.map(({ file, line, pointer, message: problem }) => {
    const place = file === undefined ? pointer : `${file}${line === undefined ? '' : `:${line}`} ${pointer}`;
    return ` ${place} ${problem}.`;
  });
  return { name, status: 'fail', message: `${code}: ${message}${places.join('')}`, fix: hint };
}
