// What is wrong with details of a target that no schema can see. Pure.
import type { DispatchRequest } from '@agent-dispatch/core/provider';
import { headerProblems } from './agent-headers.js';
import { bearerSecretOf } from './bearer.js';
import type { Problem } from './problems.js';

const DETAILS = '/target/details';

/** Of both target modes. */
export function detailProblems(request: DispatchRequest): Problem[] {
  const { protocol, details = {} } = request.target;
  const speaksOf = (name: string): boolean => details[name] !== undefined;
  return [
    ...headerProblems(request),
    ...(speaksOf('tool') && protocol !== 'mcp'
      ? [{ pointer: `${DETAILS}/tool`, message: 'tool is for agents that speak mcp.' }]
      : []),
    ...(speaksOf('runtimeUserId') && bearerSecretOf(request) !== undefined
      ? [{ pointer: `${DETAILS}/runtimeUserId`, message: 'runtimeUserId needs AWS credentials: a token has its user.' }]
      : []),
  ];
}

/** The service's own end of a session must not come before that of its task. */
export function lifetimeProblems({ limits }: DispatchRequest, maxLifetimeSeconds: number): Problem[] {
  const { timeoutSeconds = 0 } = limits;
  if (timeoutSeconds <= maxLifetimeSeconds) return [];
  const message = `The task may last ${timeoutSeconds} s, and the service ends its session after ${maxLifetimeSeconds} s: ask for a timeout of ${maxLifetimeSeconds} s or less, or raise maxLifetimeSeconds.`;
  return [{ pointer: `${DETAILS}/maxLifetimeSeconds`, message }];
}
