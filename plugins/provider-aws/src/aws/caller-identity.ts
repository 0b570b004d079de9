// Who the credentials of an account are, and which account they reach; and their signature under requests to services without
// a client here. The only import site of the STS client, loaded at the first call.
import type { STSClient } from '@aws-sdk/client-sts';
import { type ClientOptions, endpointOption, REPEATABLE } from './client-options.js';
import type { PlainRequest } from './plain-https.js';

export interface Identity {
  readonly accountId: string;
  readonly arn: string;
  /** When the credentials at hand end; the source may renew them before. */
  readonly expiresAt?: Date;
}

/** What a signature holds for. */
export interface SigningScope {
  readonly service: string;
  readonly region: string;
}

const loadSdk = () => import('@aws-sdk/client-sts');

export class CallerIdentity {
  readonly #options: ClientOptions & { endpoint?: string };
  #client: STSClient | undefined;

  constructor(options: ClientOptions, endpoint: string | undefined) {
    this.#options = { ...options, ...endpointOption(endpoint) };
  }

  async get(abortSignal: AbortSignal): Promise<Identity> {
    const { GetCallerIdentityCommand } = await loadSdk();
    const client = await this.#ready();
    const { Account = '', Arn = '' } = await client.send(new GetCallerIdentityCommand({}), { abortSignal });
    const { expiration } = await client.config.credentials();
    return { accountId: Account, arn: Arn, ...(expiration !== undefined && { expiresAt: expiration }) };
  }

  /** The request's headers, signed. */
  async sign({ method, url, headers, payload }: PlainRequest, scope: SigningScope): Promise<PlainRequest['headers']> {
    const { service: signingName, region: signingRegion } = scope;
    const { STSClient } = await loadSdk();
    // A client signs for what it signed for first.
    const client = new STSClient(this.#options);
    const signer = await client.config.signer({ name: 'sigv4', signingName, signingRegion, properties: {} });
    const { protocol, host, hostname, pathname } = new URL(url);
    const request = { method, protocol, hostname, path: pathname, query: {}, headers: { host, ...headers } };
    const { systemClockOffset } = (await this.#ready()).config;
    const signingDate = new Date(Date.now() + systemClockOffset);
    const signed = await signer.sign({ ...request, body: payload }, { signingDate });
    client.destroy();
    return signed.headers;
  }

  async #ready(): Promise<STSClient> {
    const { STSClient } = await loadSdk();
    return (this.#client ??= new STSClient({ ...this.#options, ...REPEATABLE }));
  }

  close(): void {
    this.#client?.destroy();
  }
}
