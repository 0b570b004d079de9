// StopRuntimeSession: ends the session's microVM at once. A used client token brings the earlier answer back and stops nothing.
import { requiredText, text } from '../wire/bind-input.js';
import { notFound } from '../wire/service-error.js';
import type { Operation } from './operation.js';
import { resolveServed } from './resolve-runtime.js';

export const stopRuntimeSession: Operation = (call, world) => {
  const served = resolveServed(call, world);
  const sessionId = requiredText(call.input, 'runtimeSessionId');
  const scope = `StopRuntimeSession|${call.home.account}|${call.home.region}`;
  const request = [served.runtime.arn, served.qualifier, sessionId];
  const { output, replayed } = world.replays.once(scope, text(call.input, 'clientToken'), request, () => {
    if (!world.sessions.stop({ ...served, sessionId })) throw notFound(`Session ${sessionId}`);
    return { runtimeSessionId: sessionId, statusCode: 200 };
  });
  call.record.replayed = replayed;
  return output;
};
