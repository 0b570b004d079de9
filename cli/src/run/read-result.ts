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

/** The last answer, which says how the task stands, with the artifacts that the first one lists. */
export async function readResult(
  controlPlane: Pick<ControlPlane, 'result'>,
  input: GetTaskResultInput,
  sink: PieceSink,
): Promise<GetTaskResultOutput> {
  let artifacts: GetTaskResultOutput['artifacts'];
  for (let offset: number | undefined; ;) {
    const answer = await controlPlane.result({
      ...input,
      max_bytes: PIECE_BYTES,
      ...(offset !== undefined && { offset }),
    });
    await take(answer, sink);
    artifacts ??= answer.artifacts;
    if (answer.next_offset === undefined) return { ...answer, ...(artifacts && { artifacts }) };
    offset = answer.next_offset;
  }
}

async function take({ result, encoding }: GetTaskResultOutput, sink: PieceSink): Promise<void> {
  if (result === undefined) return;
  if (encoding === undefined || typeof result !== 'string') return await sink.value(result);
  await sink.bytes(Buffer.from(result, encoding === 'base64' ? 'base64' : 'utf8'));
}
