// Files in memory that know what a power loss leaves: content that was not synced and names whose directory was not
// synced may be gone, or there, each for itself, and a write may be there in part. Stricter than any one file system.
import { dirname } from 'node:path';
import type { FileLayer, OpenFile, OpenMode } from '../file-layer.js';
import { diskError } from './watched-files.js';

type ContentChange = { at: number; bytes: Buffer } | { size: number };

class FileNode {
  durable: Buffer = Buffer.alloc(0);
  pending: ContentChange[] = [];
  content: Buffer = Buffer.alloc(0);

  change(change: ContentChange): void {
    this.pending.push(change);
    this.content = changed(this.content, change);
  }

  settle(content: Buffer): void {
    this.content = content;
    this.durable = content;
    this.pending = [];
  }
}

function changed(content: Buffer, change: ContentChange): Buffer {
  if ('size' in change) return grown(content, change.size).subarray(0, change.size);
  const result = Buffer.from(grown(content, change.at + change.bytes.length));
  change.bytes.copy(result, change.at);
  return result;
}

/** With zeros up to the size. */
const grown = (content: Buffer, size: number): Buffer =>
  content.length >= size ? content : Buffer.concat([content, Buffer.alloc(size - content.length)]);

type Node = FileNode | DirectoryNode;
/** Names that change together; undefined: removed. */
type NameChange = readonly (readonly [name: string, node: Node | undefined])[];

class DirectoryNode {
  durable = new Map<string, Node>();
  pending: NameChange[] = [];
  names = new Map<string, Node>();

  change(...names: NameChange): void {
    this.pending.push(names);
    rename(this.names, names);
  }

  settle(names: Map<string, Node>): void {
    this.names = names;
    this.durable = new Map(names);
    this.pending = [];
  }
}

function rename(names: Map<string, Node>, change: NameChange): void {
  for (const [name, node] of change) {
    if (node) names.set(name, node);
    else names.delete(name);
  }
}

/** What becomes of changes that were not synced: none survive, all do, or each as the random numbers (0 to 1) say. */
export type Loss = 'all' | 'none' | (() => number);

/** Syncs that do nothing, though they say they did. */
export type Skipped = (operation: 'datasync' | 'syncDirectory', path: string) => boolean;

export class PowerLossFiles implements FileLayer {
  readonly #root = new DirectoryNode();
  #powered = true;
  /** Handles of before a power loss are of no use. */
  #boot = 0;
  #left = Number.POSITIVE_INFINITY;
  #begun = 0;

  constructor(private readonly skipped: Skipped = () => false) {}

  /** The power goes after so many changes from now. */
  cutAfter(changes: number): void {
    this.#left = changes;
  }

  get powered(): boolean {
    return this.#powered;
  }

  /** Operations begun so far. */
  get begun(): number {
    return this.#begun;
  }

  /** The power goes now if it was not gone, and comes back. */
  restart(loss: Loss): void {
    this.#boot++;
    this.#powered = true;
    this.#left = Number.POSITIVE_INFINITY;
    survive(this.#root, loss, new Set());
  }

  async open(path: string, mode: OpenMode): Promise<OpenFile> {
    await this.#turn();
    const directory = this.#directory(dirname(path));
    const found = directory.names.get(nameOf(path));
    if (found instanceof DirectoryNode) throw diskError('EISDIR');
    if (found && mode === 'create') throw diskError('EEXIST');
    if (found) return this.#opened(found, path);
    if (mode === 'read') throw diskError('ENOENT');
    this.#count();
    const made = new FileNode();
    directory.change([nameOf(path), made]);
    return this.#opened(made, path);
  }

  async fileSize(path: string): Promise<number | undefined> {
    await this.#turn();
    const node = this.#find(path);
    return node instanceof FileNode ? node.content.length : undefined;
  }

  async exists(path: string): Promise<boolean> {
    await this.#turn();
    return this.#find(path) !== undefined;
  }

  async list(directory: string): Promise<string[]> {
    await this.#turn();
    const node = this.#find(directory);
    return node instanceof DirectoryNode ? [...node.names.keys()] : [];
  }

  async makeDirectory(path: string): Promise<void> {
    await this.#turn();
    let directory = this.#root;
    for (const name of partsOf(path)) {
      const found = directory.names.get(name);
      if (found instanceof FileNode) throw diskError('ENOTDIR');
      if (!found) this.#count();
      const next = found ?? new DirectoryNode();
      if (!found) directory.change([name, next]);
      directory = next;
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#change();
    const [source, target] = [this.#directory(dirname(from)), this.#directory(dirname(to))];
    const node = source.names.get(nameOf(from));
    if (!node) throw diskError('ENOENT');
    if (source === target) {
      source.change([nameOf(from), undefined], [nameOf(to), node]);
    } else {
      target.change([nameOf(to), node]);
      source.change([nameOf(from), undefined]);
    }
  }

  async link(from: string, to: string): Promise<void> {
    await this.#change();
    const node = this.#find(from);
    if (!node) throw diskError('ENOENT');
    const target = this.#directory(dirname(to));
    if (target.names.has(nameOf(to))) throw diskError('EEXIST');
    target.change([nameOf(to), node]);
  }

  async remove(path: string): Promise<void> {
    await this.#turn();
    const directory = this.#find(dirname(path));
    const node = this.#find(path);
    if (!node || !(directory instanceof DirectoryNode)) return;
    // One by one, as any program has to: the power may go in between.
    if (node instanceof DirectoryNode) for (const name of [...node.names.keys()]) await this.remove(`${path}/${name}`);
    this.#count();
    directory.change([nameOf(path), undefined]);
  }

  async syncDirectory(path: string): Promise<void> {
    await this.#change();
    const directory = this.#directory(path);
    if (!this.skipped('syncDirectory', path)) directory.settle(directory.names);
  }

  #opened(node: FileNode, path: string): OpenFile {
    const boot = this.#boot;
    const turn = async (): Promise<void> => {
      await this.#turn();
      if (boot !== this.#boot) throw diskError('EIO');
    };
    const change = async (): Promise<void> => {
      await turn();
      this.#count();
    };
    return {
      read: async (position, length) => {
        await turn();
        return Buffer.from(node.content.subarray(position, position + length));
      },
      write: async (position, bytes) => {
        await turn();
        // A write is in the cache before the power goes, so that it may be there in part.
        node.change({ at: position, bytes: Buffer.from(bytes) });
        this.#count();
      },
      datasync: async () => {
        await change();
        if (!this.skipped('datasync', path)) node.settle(node.content);
      },
      truncate: async (size) => {
        await change();
        node.change({ size });
      },
      size: async () => {
        await turn();
        return node.content.length;
      },
      close: async () => undefined,
    };
  }

  async #change(): Promise<void> {
    await this.#turn();
    this.#count();
  }

  /** Other work comes between any two operations. */
  async #turn(): Promise<void> {
    const boot = this.#boot;
    this.#begun++;
    await new Promise(setImmediate);
    if (!this.#powered || boot !== this.#boot) throw diskError('EIO');
  }

  #count(): void {
    if (--this.#left >= 0) return;
    this.#powered = false;
    throw diskError('EIO');
  }

  #find(path: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const name of partsOf(path)) node = node instanceof DirectoryNode ? node.names.get(name) : undefined;
    return node;
  }

  #directory(path: string): DirectoryNode {
    const node = this.#find(path);
    if (!(node instanceof DirectoryNode)) throw diskError('ENOENT');
    return node;
  }
}

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '');
const nameOf = (path: string): string => partsOf(path).at(-1) ?? '';

function survive(node: Node, loss: Loss, seen: Set<Node>): void {
  if (seen.has(node)) return;
  seen.add(node);
  if (node instanceof FileNode) {
    node.settle(survivingContent(node, loss));
    return;
  }
  const names = new Map(node.durable);
  for (const change of node.pending) if (loss === 'none' || (loss !== 'all' && loss() < 0.5)) rename(names, change);
  node.settle(names);
  for (const child of node.names.values()) survive(child, loss, seen);
}

function survivingContent({ durable, pending, content }: FileNode, loss: Loss): Buffer {
  if (loss === 'none') return content;
  if (loss === 'all') return durable;
  return pending.reduce<Buffer>((kept, change) => {
    const chance = loss();
    if (chance < 1 / 3) return kept;
    if (chance < 2 / 3 || 'size' in change) return changed(kept, change);
    const torn = change.bytes.subarray(0, Math.floor(loss() * change.bytes.length));
    const kind = loss();
    // The size may be on disk before the bytes are.
    if (kind < 0.5) return changed(kept, { at: change.at, bytes: torn });
    return changed(kept, {
      at: change.at,
      bytes: Buffer.concat([torn, Buffer.alloc(change.bytes.length - torn.length)]),
    });
  }, durable);
}
