// Remembers which client token was answered with what, so that a repeated request is answered the same without being done again.
import type { Output } from '../wire/encode-output.js';
import { invalidFields } from '../wire/service-error.js';

interface Answered {
  readonly fingerprint: string;
  readonly output: Output;
}

export class ReplayTable {
  readonly #answered = new Map<string, Answered>();

  /**
   * Does `work` once for each (scope, token); only success is remembered. Without a token it is done each time.
   * @throws ServiceError ValidationException when the token came with another request before.
   */
  once(
    scope: string,
    token: string | undefined,
    request: unknown,
    work: () => Output,
  ): { output: Output; replayed: boolean } {
    if (token === undefined) return { output: work(), replayed: false };
    const name = `${scope}|${token}`;
    const fingerprint = JSON.stringify(request);
    const earlier = this.#answered.get(name);
    if (earlier === undefined) {
      const output = work();
      this.#answered.set(name, { fingerprint, output });
      return { output, replayed: false };
    }
    if (earlier.fingerprint !== fingerprint) {
      const issue = { name: 'clientToken', message: 'The token was used before with other parameters' };
      throw invalidFields([issue], 'IdempotentParameterMismatchException');
    }
    return { output: earlier.output, replayed: true };
  }
}
