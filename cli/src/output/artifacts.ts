// The files that a task left behind, as text.
import type { GetTaskResultOutput } from '@agent-dispatch/schemas';
import { table } from './table.js';

export const renderArtifacts = (taskId: string, artifacts: NonNullable<GetTaskResultOutput['artifacts']>): string => {
  const rows = artifacts.map(({ name, size, media_type: mediaType, sha256 }) => [
    name,
    `${size} bytes`,
    mediaType,
    sha256?.slice(0, 12),
  ]);
  return `${table(['ARTIFACT', 'SIZE', 'TYPE', 'SHA-256'], rows)}\nFetch them with: agentdispatch artifacts get ${taskId} <name>, or --all --output <directory>`;
};
