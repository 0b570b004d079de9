// Who may call: those who send the bearer token, or anyone where none is configured.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

export class TokenCheck {
  readonly #expected: Buffer | undefined;

  constructor(token: string | undefined) {
    this.#expected = token === undefined ? undefined : sha256(token);
  }

  /** Takes the same time whatever was sent: digests are compared, of equal length. */
  passes({ headers }: IncomingMessage): boolean {
    // Whoever reaches the port may call, but for web pages: a browser sends their requests from anywhere.
    if (!this.#expected) return headers.origin === undefined;
    const [, given = ''] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '') ?? [];
    return timingSafeEqual(sha256(given), this.#expected);
  }
}
