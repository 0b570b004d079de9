// The files that a task left behind, as text.
import type { GetTaskResultOutput } from '@agent-dispatch/schemas';
import { table } from './table.js';

export const renderArtifacts = (taskId: string, artifacts: NonNullable<GetTaskResultOutput['artifacts']>): string => {
  const rows = artifacts.map(({ name, size, media_type: mediaType }) => [name, `${size} bytes`, mediaType]);
  return `${table(['ARTIFACT', 'SIZE', 'TYPE'], rows)}\nFetch one with: agentdispatch result ${taskId} --artifact <name> --output <file>`;
};
