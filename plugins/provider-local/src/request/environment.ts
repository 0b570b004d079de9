// The environment of the work: what the manifest lets through of the host's, then the request's, then the secrets. Nothing else.
import type { DriverContext } from '@agent-dispatch/core/provider';
import { MARK } from '../attempt/work-processes.js';
import { UnusableRequest } from '../failures.js';

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function checkEnvironment(environment: Readonly<Record<string, string>> = {}): void {
  const name = Object.keys(environment).find((candidate) => !NAME.test(candidate));
  if (name !== undefined) throw unusable('/input/environment', name, 'It is no name for an environment variable.');
  if (Object.hasOwn(environment, MARK))
    throw unusable('/input/environment', MARK, 'This variable is how processes of the work are found.');
}

/** Errors: UnusableRequest. Never with a value in it: Node's own error for such a value would show it. */
export function environmentOf({ environment, request, secrets, trace }: DriverContext): Record<string, string> {
  const given = request.input.environment ?? {};
  const name = Object.keys(given).find((candidate) => given[candidate]?.includes('\0'));
  if (name !== undefined) throw unusable('/input/environment', name, 'The value holds a NUL character.');
  const secret = Object.keys(secrets).find((candidate) => secrets[candidate]?.includes('\0'));
  if (secret !== undefined) throw unusable('/secrets', secret, 'The value holds a NUL character.');
  return { ...environment, ...traceVariables(trace), ...given, ...secrets };
}

/** By the names under which tracing libraries look for it in a process they begin in. */
const traceVariables = (trace: DriverContext['trace']): Record<string, string> => ({
  ...(trace && { TRACEPARENT: trace.traceparent }),
  ...(trace?.tracestate !== undefined && { TRACESTATE: trace.tracestate }),
});

const unusable = (pointer: string, name: string, message: string): UnusableRequest =>
  new UnusableRequest('AD_INPUT_INVALID', `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, message);
