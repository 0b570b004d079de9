// The run that a message of another caller stands for: one who speaks A2A and knows nothing of AgentDispatch.
import { createHash } from 'node:crypto';
import type { Message } from '@a2a-js/sdk';
import type { WorkerInput, WorkerTask } from '@agent-dispatch/schemas';

/** The alphabet of task ids. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** The same message gives the same run. */
export function foreignTask({ messageId, contextId, parts }: Message): WorkerTask {
  const digest = createHash('sha256')
    .update(JSON.stringify([contextId, messageId]))
    .digest();
  const text: string[] = [];
  const inputs: WorkerInput[] = [];
  let context: Record<string, unknown> = {};
  for (const { content, filename } of parts) {
    if (content?.$case === 'text') text.push(content.value);
    if (content?.$case === 'data') context = { ...context, ...asObject(content.value) };
    if (content?.$case === 'raw') inputs.push(inputOf(content.value, filename || `input-${inputs.length + 1}`));
    // What stands elsewhere is not fetched; the agent is told where.
    if (content?.$case === 'url') text.push(content.value);
  }
  return {
    invocationId: `a2a_${digest.toString('hex').slice(0, 40)}`,
    taskId: `task_${Array.from(digest.subarray(0, 26), (byte) => ALPHABET.charAt(byte % 32)).join('')}`,
    attempt: 1,
    instruction: text.join('\n'),
    ...(Object.keys(context).length > 0 && { context }),
    ...(inputs.length > 0 && { inputs }),
  };
}

const inputOf = (bytes: Buffer, path: string): WorkerInput => ({
  path,
  sha256: createHash('sha256').update(bytes).digest('hex'),
  base64: bytes.toString('base64'),
});

const asObject = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : { data: value };
