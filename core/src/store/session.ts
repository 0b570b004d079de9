// The lease of one opened store, as its callers see it and as the store itself ends it.
import { randomBytes } from 'node:crypto';
import { DispatchError } from '../errors/index.js';
import { toBase32, toBigInt } from './base32.js';
import { sessionLost } from './store-errors.js';
import type { StoreSession } from './task-store.js';

export class Session implements StoreSession {
  readonly incarnation = toBase32(toBigInt(randomBytes(10)), 16);
  #state: StoreSession['state'] = 'lost';
  #reason: DispatchError = sessionLost('The store is not open.');

  get state(): StoreSession['state'] {
    return this.#state;
  }

  begin(): void {
    this.#state = 'held';
  }

  /** Whether it still holds cannot be told now. */
  doubt(): void {
    if (this.#state === 'held') this.#state = 'suspect';
  }

  /** It held all the while. */
  confirm(): void {
    if (this.#state === 'suspect') this.#state = 'held';
  }

  /** For good; the first reason counts. Later calls get it, but they did nothing: nothing about them is ambiguous. */
  end(reason: DispatchError): void {
    if (this.#state === 'lost') return;
    this.#state = 'lost';
    const { code, message, details, cause } = reason;
    this.#reason = new DispatchError(code, message, { details: { ...details, ambiguous: false }, cause });
  }

  assertNotLost(): void {
    if (this.#state === 'lost') throw this.#reason;
  }
}
