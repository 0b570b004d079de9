import { describe, expect, it } from '@jest/globals';
import type { FileLayer, OpenFile } from './file-layer.js';
import { nodeFiles } from './node-files.js';
import { OpenFiles } from './open-files.js';

/** Files without content that note when they are opened and closed. */
function notedFiles(): { files: FileLayer; notes: string[] } {
  const notes: string[] = [];
  const open = async (path: string): Promise<OpenFile> => {
    notes.push(`open ${path}`);
    return {
      read: async () => Buffer.alloc(0),
      write: async () => undefined,
      datasync: async () => undefined,
      truncate: async () => undefined,
      size: async () => 0,
      close: async () => void notes.push(`close ${path}`),
    };
  };
  return { files: { ...nodeFiles, open }, notes };
}

const touch = async (): Promise<void> => undefined;

describe('OpenFiles', () => {
  it('keeps a file open between uses, and closes the least recently used over the limit', async () => {
    const { files, notes } = notedFiles();
    const open = new OpenFiles(files, 2);
    for (const path of ['a', 'b', 'a', 'c', 'b']) await open.use(path, 'read', touch);
    expect(notes).toEqual(['open a', 'open b', 'open c', 'close b', 'open b', 'close a']);
    await open.close();
    expect(notes.slice(-2).sort()).toEqual(['close b', 'close c']);
  });

  it('never closes a file in use', async () => {
    const { files, notes } = notedFiles();
    const open = new OpenFiles(files, 1);
    await open.use('a', 'read', async () => {
      await open.use('b', 'read', touch);
      await open.forget('a');
      expect(notes).not.toContain('close a');
    });
    expect(notes).toContain('close a');
  });

  it('opens again after a failure', async () => {
    const { files, notes } = notedFiles();
    const open = new OpenFiles(files);
    await expect(open.use('a', 'read', () => Promise.reject(new Error('x')))).rejects.toThrow('x');
    await open.use('a', 'read', touch);
    expect(notes).toEqual(['open a', 'close a', 'open a']);
  });
});
