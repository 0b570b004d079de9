// The disk, or another file layer, with a listener before every operation: it may record it, make it fail, or let a write happen by half.
import type { FileLayer, OpenFile } from '../file-layer.js';
import { nodeFiles } from '../node-files.js';

export type Operation =
  | 'open'
  | 'read'
  | 'write'
  | 'datasync'
  | 'truncate'
  | 'rename'
  | 'link'
  | 'remove'
  | 'makeDirectory'
  | 'syncDirectory';

/** Throws to make the operation fail. `half`: of a write, the first half happens before it fails. */
export type Listener = (operation: Operation, path: string) => 'half' | undefined;

/** A Node error as the disk would throw it. */
export const diskError = (code: string): Error => Object.assign(new Error(`${code}: injected`), { code });

export const CHANGES: ReadonlySet<Operation> = new Set<Operation>([
  'write',
  'datasync',
  'truncate',
  'rename',
  'link',
  'remove',
  'makeDirectory',
  'syncDirectory',
]);

export function watchedFiles(listener: Listener, disk: FileLayer = nodeFiles): FileLayer {
  const before = async <Value>(operation: Operation, path: string, act: () => Promise<Value>): Promise<Value> => {
    listener(operation, path);
    return act();
  };
  const watched = (file: OpenFile, path: string): OpenFile => ({
    read: (position, length) => before('read', path, () => file.read(position, length)),
    write: async (position, bytes) => {
      if (listener('write', path) !== 'half') return file.write(position, bytes);
      await file.write(position, bytes.subarray(0, bytes.length >> 1));
      throw diskError('ENOSPC');
    },
    datasync: () => before('datasync', path, () => file.datasync()),
    truncate: (size) => before('truncate', path, () => file.truncate(size)),
    size: () => file.size(),
    close: () => file.close(),
  });
  return {
    ...disk,
    open: async (path, mode) => {
      listener('open', path);
      return watched(await disk.open(path, mode), path);
    },
    rename: (from, to) => before('rename', to, () => disk.rename(from, to)),
    link: (from, to) => before('link', to, () => disk.link(from, to)),
    remove: (path) => before('remove', path, () => disk.remove(path)),
    makeDirectory: (path) => before('makeDirectory', path, () => disk.makeDirectory(path)),
    syncDirectory: (path) => before('syncDirectory', path, () => disk.syncDirectory(path)),
  };
}
