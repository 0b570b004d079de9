// A ControlPlane whose answers a test writes down; an operation without an answer fails the call.
import type { ControlPlane } from '@agent-dispatch/core';

const OPERATIONS = [
  'spawn',
  'dispatch',
  'explain',
  'get',
  'list',
  'logs',
  'result',
  'wait',
  'watch',
  'send',
  'cancel',
  'runtimes',
  'check',
] as const satisfies readonly (keyof ControlPlane)[];

export function scriptedControlPlane(script: Partial<ControlPlane>): ControlPlane {
  const unexpected = Object.fromEntries(
    OPERATIONS.map((name) => [name, () => Promise.reject(new TypeError(`${name} was not expected`))]),
  );
  return { close: () => Promise.resolve(), ...unexpected, ...script } as ControlPlane;
}
