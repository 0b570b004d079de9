// OAuth tokens in place of signatures: a table of those that the authorizers of all runtimes take.
import type { IncomingHttpHeaders } from 'node:http';
import { ServiceError } from './service-error.js';

/** Token to the account whose runtimes it opens. */
export type TokenTable = Readonly<Record<string, { readonly account: string }>>;

export const bearerOf = ({ authorization = '' }: IncomingHttpHeaders): string | undefined =>
  /^Bearer (.+)$/i.exec(authorization)?.[1];

/** @throws ServiceError with status 401. */
export function verifyToken(token: string, tokens: TokenTable): { readonly account: string } {
  const known = Object.hasOwn(tokens, token) ? tokens[token] : undefined;
  if (known === undefined) throw new ServiceError('UnauthorizedException', 'The token is not valid');
  return known;
}
