// A control plane whose every call is made in the name of one subject, and waits no longer than the server is up. Whatever a
// tool, resource or prompt asks of it is bound by that, without having to think of it.
import type { CallOptions, ControlPlane } from '@agent-dispatch/core';

export interface Bound {
  subject: string;
  /** Ends the waiting of calls. */
  stop: AbortSignal;
}

type Call = (input: unknown, options?: CallOptions) => Promise<unknown>;

export function onBehalfOf(plane: ControlPlane, { subject, stop }: Bound): ControlPlane {
  return new Proxy(plane, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name);
      if (typeof member !== 'function') return member;
      const call: Call = (input, { caller, signal, ...more } = {}) =>
        (member as Call).call(target, input, {
          ...more,
          caller: { ...caller, subject },
          signal: signal === undefined ? stop : AbortSignal.any([signal, stop]),
        });
      return call;
    },
  });
}
