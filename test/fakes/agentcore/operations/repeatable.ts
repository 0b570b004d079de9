// What a used client token does: the earlier answer comes back and nothing is done. One table for all operations.
import { text } from '../wire/bind-input.js';
import type { Output } from '../wire/encode-output.js';
import type { Call, World } from './operation.js';

/** @throws ServiceError when the token came with other parameters before. */
export function repeatable(call: Call, world: World, work: () => Output): Output {
  const { clientToken: _token, ...request } = call.input;
  const { account, region } = call.home;
  const scope = `${call.record.operation}|${account}|${region}`;
  const { output, replayed } = world.replays.once(scope, text(call.input, 'clientToken'), request, work);
  call.record.replayed = replayed;
  return output;
}
