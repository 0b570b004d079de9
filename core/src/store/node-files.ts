// The file layer on this machine's disk.
import { constants } from 'node:fs';
import { access, link, mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { codeOf } from '../config/thrown.js';
import type { FileLayer, OpenFile, OpenMode } from './file-layer.js';

const FLAGS: Record<OpenMode, number> = {
  read: constants.O_RDONLY,
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
  update: constants.O_RDWR | constants.O_CREAT,
};
const PRIVATE_FILE = 0o600;
const PRIVATE_DIRECTORY = 0o700;

class NodeFile implements OpenFile {
  constructor(private readonly handle: FileHandle) {}

  async read(position: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.handle.read(buffer, filled, length - filled, position + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return buffer.subarray(0, filled);
  }

  async write(position: number, bytes: Uint8Array): Promise<void> {
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await this.handle.write(bytes, written, bytes.length - written, position + written);
      written += bytesWritten;
    }
  }

  datasync = (): Promise<void> => this.handle.datasync();
  truncate = (size: number): Promise<void> => this.handle.truncate(size);
  size = async (): Promise<number> => (await this.handle.stat()).size;
  close = (): Promise<void> => this.handle.close();
}

/** The value, or `fallback` when the file is not there. */
async function unlessAbsent<Value>(reading: Promise<Value>, fallback: Value): Promise<Value> {
  try {
    return await reading;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return fallback;
    throw error;
  }
}

export const nodeFiles: FileLayer = {
  open: async (path, mode) => new NodeFile(await open(path, FLAGS[mode], PRIVATE_FILE)),
  fileSize: (path) =>
    unlessAbsent(
      stat(path).then((found) => (found.isFile() ? found.size : undefined)),
      undefined,
    ),
  exists: (path) =>
    unlessAbsent(
      access(path).then(() => true),
      false,
    ),
  list: (directory) => unlessAbsent(readdir(directory), []),
  async makeDirectory(path) {
    await mkdir(path, { recursive: true, mode: PRIVATE_DIRECTORY });
  },
  rename,
  link,
  remove: (path) => rm(path, { recursive: true, force: true }),
  async syncDirectory(path) {
    // Windows cannot open a directory as a file; NTFS journals its names itself.
    if (process.platform === 'win32') return;
    const handle = await open(path, constants.O_RDONLY);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};
