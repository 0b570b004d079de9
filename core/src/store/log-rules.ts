// How appended bytes meet those that are there already: repeating is no change, anything else an error.
import { DispatchError } from '../errors/index.js';

/** The part of `bytes` that is new, given what the log holds from `offset` on. `size` is the log's whole length. */
export function newPart(
  taskId: string,
  offset: number,
  bytes: Uint8Array,
  known: Uint8Array,
  size: number,
): Uint8Array {
  if (offset > size) {
    throw new DispatchError('AD_STORE_CONFLICT', `The log of task ${taskId} ends at ${size}, before ${offset}.`, {
      details: { size, offset },
    });
  }
  if (Buffer.compare(bytes.subarray(0, known.length), known) !== 0) {
    throw new DispatchError('AD_STORE_CONFLICT', `The log of task ${taskId} has other bytes at ${offset}.`, {
      details: { size, offset },
    });
  }
  return bytes.subarray(known.length);
}
