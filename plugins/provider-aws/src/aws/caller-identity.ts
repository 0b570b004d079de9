// Who the credentials of an account are, and which account they reach. The only import site of the STS client, loaded at the
// first call.
import type { STSClient } from '@aws-sdk/client-sts';
import { type ClientOptions, endpointOption, REPEATABLE } from './client-options.js';

export interface Identity {
  readonly accountId: string;
  readonly arn: string;
  /** When the credentials at hand end; the source may renew them before. */
  readonly expiresAt?: Date;
}

export class CallerIdentity {
  readonly #options: ClientOptions & { endpoint?: string };
  #client: STSClient | undefined;

  constructor(options: ClientOptions, endpoint: string | undefined) {
    this.#options = { ...options, ...endpointOption(endpoint) };
  }

  async get(abortSignal: AbortSignal): Promise<Identity> {
    const { GetCallerIdentityCommand, STSClient } = await import('@aws-sdk/client-sts');
    this.#client ??= new STSClient({ ...this.#options, ...REPEATABLE });
    const { Account = '', Arn = '' } = await this.#client.send(new GetCallerIdentityCommand({}), { abortSignal });
    const { expiration } = await this.#client.config.credentials();
    return { accountId: Account, arn: Arn, ...(expiration !== undefined && { expiresAt: expiration }) };
  }

  close(): void {
    this.#client?.destroy();
  }
}
