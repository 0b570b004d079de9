// Agent runtimes that take OAuth tokens: which secret of the task is the token. Pure; the token itself is never in a handle.
import type { DispatchRequest, DriverContext, ErrorFactory } from '@agent-dispatch/core/provider';
import type { Problem } from './problems.js';

/** Name of the secret that is the token; undefined: AWS credentials are used. */
export const bearerSecretOf = ({ target }: Pick<DispatchRequest, 'target'>): string | undefined =>
  target.details?.['bearerToken'] as string | undefined;

/** @param reachesAgent secrets of the task can be given to the agent itself. */
export function bearerProblems(request: DispatchRequest, { reachesAgent }: { reachesAgent: boolean }): Problem[] {
  const bearer = bearerSecretOf(request);
  const secrets = Object.keys(request.secrets ?? {});
  const others = secrets.filter((name) => name !== bearer);
  const pointer = '/target/details/bearerToken';
  return [
    ...(bearer !== undefined && !secrets.includes(bearer)
      ? [{ pointer, message: `bearerToken names ${bearer}, which is not in secrets.` }]
      : []),
    ...(bearer !== undefined && request.taskType === 'command.run'
      ? [{ pointer, message: 'Commands need an agent runtime with IAM authorization.' }]
      : []),
    ...(!reachesAgent && others.length > 0
      ? [
          {
            pointer: '/secrets',
            message: `${others.join(', ')} cannot be given to an agent runtime that exists already.`,
          },
        ]
      : []),
  ];
}

/** What a header takes. */
const TOKEN = /^[\x21-\x7e]+$/;

type Holder = Pick<DriverContext, 'request' | 'secrets'>;

/**
 * The token of the task; undefined: AWS credentials are used.
 * Errors: AD_PROVIDER_UNAUTHENTICATED for what cannot be one, without a word of it, and where there is none.
 */
export function bearerTokenOf(context: Holder, errors: ErrorFactory): string | undefined {
  const name = bearerSecretOf(context.request);
  if (name === undefined) return undefined;
  const token = usableTokenOf(context);
  if (token !== undefined) return token;
  const message = `The secret ${name} that bearerToken names is no token: it is not there, empty, or has spaces, line breaks or other characters that no token has.`;
  throw errors.create('AD_PROVIDER_UNAUTHENTICATED', message, { hint: `Correct the value of the secret ${name}.` });
}

/** Undefined: there is none, or what is there cannot be one. */
export function usableTokenOf({ request, secrets }: Holder): string | undefined {
  const token = secrets[bearerSecretOf(request) ?? ''];
  return token !== undefined && TOKEN.test(token) ? token : undefined;
}
