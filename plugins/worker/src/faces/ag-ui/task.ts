// A run that an AG-UI client asks for, as a run of the worker: the same again for the same thread and run.
import { createHash } from 'node:crypto';
import type { WorkerTask } from '@agent-dispatch/schemas';
import { RunRefused } from '../../runs/run.js';
import type { RunInput } from './run-input.js';

/** Errors: RunRefused `invalid` when the client says nothing to do. */
export function taskOf({ threadId, runId, messages, context }: RunInput): WorkerTask {
  const last = messages.findLastIndex(({ role }) => role === 'user');
  const instruction = messages[last]?.text ?? '';
  if (instruction.trim() === '') throw new RunRefused('invalid', 'There is no message of the user to act on.');
  const earlier = messages.slice(0, last).filter(({ role, text }) => text !== '' && role !== 'activity');
  const told = {
    ...Object.fromEntries(context.map(({ description, value }) => [description, value])),
    // The agent's program begins anew with each run: what was said before is told again.
    ...(earlier.length > 0 && { conversation: earlier.map(({ role, text }) => ({ role, content: text })) }),
  };
  const digest = createHash('sha256')
    .update(JSON.stringify([threadId, runId]))
    .digest();
  return {
    invocationId: `agui_${digest.toString('hex')}`,
    taskId: `task_${base32(digest).slice(0, 26)}`,
    attempt: 1,
    instruction,
    ...(Object.keys(told).length > 0 && { context: told }),
  };
}

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

const base32 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => ALPHABET[byte % 32]).join('');
