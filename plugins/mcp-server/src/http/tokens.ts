// Whose token a bearer token is. Compared by digest and in constant time, with all of them whichever fits: how long it takes
// tells nothing of any. The token itself goes no further.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpAccess } from '@agent-dispatch/core/dispatcher';
import { OAuthError, OAuthErrorCode, type AuthInfo, type OAuthTokenVerifier } from '@modelcontextprotocol/server';

/** The SDK wants an end for every token. Ours have none: each call asks anew. Seconds. */
const GOOD_FOR = 60;

export class Tokens implements OAuthTokenVerifier {
  readonly #known: readonly { subject: string; digest: Buffer }[];

  constructor(tokens: HttpAccess['tokens']) {
    this.#known = tokens.map(({ subject, token }) => ({ subject, digest: digestOf(token) }));
  }

  async verifyAccessToken(token: string): Promise<AuthInfo> {
    const given = digestOf(token);
    const [fitting] = this.#known.filter(({ digest }) => timingSafeEqual(digest, given));
    if (fitting === undefined) throw new OAuthError(OAuthErrorCode.InvalidToken, 'The token is not known here');
    return { token: '', clientId: fitting.subject, scopes: [], expiresAt: Math.floor(Date.now() / 1000) + GOOD_FOR };
  }
}

const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();
