// What goes with one call through the SDK's handlers, beside its parameters.
import { ServerCallContext } from '@a2a-js/sdk/server';
import type { Said } from './said.js';

export class Call extends ServerCallContext {
  constructor(
    /** Aborts when the caller is gone. */
    readonly signal: AbortSignal,
    /** Undefined where the caller is not our own driver. */
    readonly said: Said | undefined,
  ) {
    super();
  }

  static of(context: ServerCallContext): Call {
    if (!(context instanceof Call)) throw new TypeError('a call without its own context');
    return context;
  }
}
