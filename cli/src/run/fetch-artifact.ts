// One artifact, fetched in pieces into a file, and believed only when size and digest are those that the task lists.
import { createHash } from 'node:crypto';
import type { ControlPlane } from '@agent-dispatch/core';
import { DispatchError } from '@agent-dispatch/core/errors';
import type { GetTaskResultOutput } from '@agent-dispatch/schemas';
import { WholeFile } from '../output/whole-file.js';
import { readResult } from './read-result.js';

export type ListedArtifact = NonNullable<GetTaskResultOutput['artifacts']>[number];

/** The list is bounded by the size of the answer; no record has more than this. */
const LIST_BYTES = 1_000_000;

export async function listArtifacts(
  controlPlane: Pick<ControlPlane, 'result'>,
  taskId: string,
): Promise<GetTaskResultOutput> {
  return await controlPlane.result({ task_id: taskId, max_bytes: LIST_BYTES });
}

/** Errors: AD_TASK_ARTIFACT_MISMATCH, AD_INPUT_INVALID for a file that is there; the file is as it was then. */
export async function fetchArtifact(
  controlPlane: Pick<ControlPlane, 'result'>,
  { taskId, artifact, file, replace }: { taskId: string; artifact: ListedArtifact; file: string; replace: boolean },
): Promise<void> {
  const target = await WholeFile.open(file);
  const hash = createHash('sha256');
  let size = 0;
  const bytes = async (chunk: Uint8Array): Promise<void> => {
    size += chunk.length;
    hash.update(chunk);
    await target.write(chunk);
  };
  try {
    const value = (): never => {
      throw new TypeError('an artifact came as a value');
    };
    await readResult(controlPlane, { task_id: taskId, artifact: artifact.name }, { bytes, value: async () => value() });
    assertSame(artifact, size, hash.digest('hex'));
  } catch (error) {
    await target.discard();
    throw error;
  }
  await target.publish(replace);
}

function assertSame(artifact: ListedArtifact, size: number, sha256: string): void {
  if (size === artifact.size && (artifact.sha256 === undefined || artifact.sha256 === sha256)) return;
  throw new DispatchError(
    'AD_TASK_ARTIFACT_MISMATCH',
    `${JSON.stringify(artifact.name)} came as ${String(size)} bytes with the SHA-256 ${sha256}; the task lists ${String(artifact.size)} bytes with ${artifact.sha256 ?? 'none'}.`,
  );
}
