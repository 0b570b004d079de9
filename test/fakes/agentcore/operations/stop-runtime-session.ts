// StopRuntimeSession: ends the session's microVM at once. A used client token brings the earlier answer back and stops nothing.
import { requiredText } from '../wire/bind-input.js';
import { notFound } from '../wire/service-error.js';
import type { Operation } from './operation.js';
import { repeatable } from './repeatable.js';
import { resolveServed } from './resolve-runtime.js';

export const stopRuntimeSession: Operation = (call, world) => {
  const served = resolveServed(call, world);
  const sessionId = requiredText(call.input, 'runtimeSessionId');
  return repeatable(call, world, () => {
    if (!world.sessions.stop({ ...served, sessionId })) throw notFound(`Session ${sessionId}`);
    return { runtimeSessionId: sessionId, statusCode: 200 };
  });
};
