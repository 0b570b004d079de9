// The AWS clients of each account profile, made once and kept: making a client costs more than a call, and connections are
// reused. Nothing else is shared between profiles.
import { createHash } from 'node:crypto';
import type { AccountProfile } from '@agent-dispatch/core/provider';
import { type AwsAccount, type Environment, readAccount } from '../account/account.js';
import { CallerIdentity } from './caller-identity.js';
import { clientOptions } from './client-options.js';
import { ControlPlane } from './control-plane.js';
import { DataPlane } from './data-plane.js';
import { SignedReads } from './signed-reads.js';
import { Turns } from './turns.js';

export interface AccountClients {
  readonly account: AwsAccount;
  readonly data: DataPlane;
  readonly control: ControlPlane;
  readonly identity: CallerIdentity;
  readonly reads: SignedReads;
  /** Of calls to the control plane. */
  readonly turns: Turns;
}

export class AccountClientCache {
  readonly #clients = new Map<string, AccountClients>();
  /** By profile and region. They outlive clients that are forgotten. */
  readonly #turns = new Map<string, Turns>();

  /** Profiles that differ in anything, the environment they may see included, never meet. */
  for(profile: AccountProfile, environment: Environment): AccountClients {
    const key = digest([profile.name, profile.settings, environment]);
    const known = this.#clients.get(key);
    if (known !== undefined) return known;
    const account = readAccount(profile, environment);
    const made = { ...makeClients(account, environment), turns: this.#turnsOf(account) };
    this.#clients.set(key, made);
    return made;
  }

  /**
   * Asks the credential source anew at the next use: credentials without an end are kept until they are refused.
   * Work that runs over the clients so far goes on.
   */
  forget(clients: AccountClients): void {
    for (const [key, known] of this.#clients) if (known === clients) this.#clients.delete(key);
  }

  #turnsOf({ name, region, controlCallsPerSecond }: AwsAccount): Turns {
    const key = JSON.stringify([name, region, controlCallsPerSecond]);
    const turns = this.#turns.get(key) ?? new Turns(controlCallsPerSecond);
    this.#turns.set(key, turns);
    return turns;
  }

  close(): void {
    for (const { data, control, identity } of this.#clients.values())
      for (const client of [data, control, identity]) client.close();
    this.#clients.clear();
  }
}

function makeClients(account: AwsAccount, environment: Environment): Omit<AccountClients, 'turns'> {
  const options = clientOptions(account, environment);
  const { endpoints } = account;
  const identity = new CallerIdentity(options, endpoints.sts);
  return {
    account,
    data: new DataPlane(options, endpoints.data),
    control: new ControlPlane(options, endpoints.control),
    identity,
    reads: new SignedReads(account, identity),
  };
}

// A digest, because the environment may hold credentials, and keys show up in heap dumps longer than values.
function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
