// A result or an artifact in pieces, so that its size does not matter.
import type { ControlPlane } from '@agent-dispatch/core';
import type { GetTaskResultInput, GetTaskResultOutput } from '@agent-dispatch/schemas';

const PIECE_BYTES = 512 * 1024;

export interface PieceSink {
  /** A small result: the value itself. */
  value(value: unknown): Promise<void>;
  /** A part of a larger one, or of an artifact. */
  bytes(bytes: Uint8Array): Promise<void>;
}

/** The last answer: it says how the task stands. */
export async function readResult(
  controlPlane: Pick<ControlPlane, 'result'>,
  input: GetTaskResultInput,
  sink: PieceSink,
): Promise<GetTaskResultOutput> {
  for (let offset: number | undefined; ;) {
    const answer = await controlPlane.result({
      ...input,
      max_bytes: PIECE_BYTES,
      ...(offset !== undefined && { offset }),
    });
    await take(answer, sink);
    if (answer.next_offset === undefined) return answer;
    offset = answer.next_offset;
  }
}

async function take({ result, encoding }: GetTaskResultOutput, sink: PieceSink): Promise<void> {
  if (result === undefined) return;
  if (encoding === undefined || typeof result !== 'string') return await sink.value(result);
  await sink.bytes(Buffer.from(result, encoding === 'base64' ? 'base64' : 'utf8'));
}
