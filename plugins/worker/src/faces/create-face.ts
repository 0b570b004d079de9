// Loads the face of one protocol; what it is built on is not loaded for the others.
import type { WorkerConfig } from '@agent-dispatch/schemas';
import type { CreateFace } from './face.js';

export type Protocol = NonNullable<WorkerConfig['protocol']>;

export async function loadFace(protocol: Protocol): Promise<CreateFace> {
  switch (protocol) {
    case 'http':
      return (await import('./http/http-face.js')).createFace;
    case 'a2a':
      return (await import('./a2a/a2a-face.js')).createFace;
    case 'ag-ui':
      return (await import('./ag-ui/ag-ui-face.js')).createFace;
    case 'mcp':
      return (await import('./mcp/mcp-face.js')).createFace;
  }
}
