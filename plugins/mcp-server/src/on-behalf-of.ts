// A control plane whose every call is made in the name of one subject, and waits no longer than the server is up. Whatever a
// tool, resource or prompt asks of it is bound by that, without having to think of it.
import { setMaxListeners } from 'node:events';
import type { CallOptions, ControlPlane } from '@agent-dispatch/core';

export interface Bound {
  subject: string;
  /** Ends the waiting of calls. */
  stop: AbortSignal;
}

type Call = (input: unknown, options?: CallOptions) => Promise<unknown>;

export function onBehalfOf(plane: ControlPlane, { subject, stop }: Bound): ControlPlane {
  // Each call listens while it lasts.
  setMaxListeners(0, stop);
  return new Proxy(plane, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const call: Call = async (input, { caller, signal, ...more } = {}) => {
        // Not AbortSignal.any: what lives as long as the server would remember each call.
        const over = new AbortController();
        const abort = (): void => over.abort();
        const enders = signal === undefined ? [stop] : [stop, signal];
        for (const ender of enders) {
          if (ender.aborted) abort();
          ender.addEventListener('abort', abort);
        }
        try {
          const options = { ...more, caller: { ...caller, subject }, signal: over.signal };
          return await (member as Call).call(target, input, options);
        } finally {
          for (const ender of enders) ender.removeEventListener('abort', abort);
        }
      };
      return call;
    },
  });
}
