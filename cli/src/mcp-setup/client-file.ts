// A file of an MCP client, which may hold other people's work and secrets: read without following a link that nobody
// spoke of, and replaced as a whole, with a copy of what was there beside it.
import { randomBytes } from 'node:crypto';
import { lstat, mkdir, open, readFile, readlink, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { DispatchError } from '@agent-dispatch/core/errors';
import { errorCode } from '../error-code.js';
import type { Place } from './recipe.js';

export interface ClientFile {
  /** Where the bytes are. Absolute. */
  file: string;
  /** Undefined when there is no file yet. */
  text?: string;
  mode?: number;
  owner?: { uid: number; gid: number };
  /** The link on the way to it, and where that leads. */
  link?: { at: string; to: string };
}

/** Errors: AD_CONFIG_UNREADABLE, AD_CONFIG_SYNTAX when it is not UTF-8. */
export async function readClientFile({ base, relative }: Place): Promise<ClientFile> {
  const named = path.resolve(base, relative);
  const link = await firstLink(path.resolve(base), relative);
  const file = link === undefined ? named : await behind(named, link.at);
  const found = await attempt(file, () => stat(file));
  if (found === undefined) return { file, ...(link && { link }) };
  if (!found.isFile()) throw unreadable(file, 'it is no regular file');
  const bytes = await attempt(file, () => readFile(file));
  const { mode, uid, gid } = found;
  return { file, text: decoded(file, bytes), mode: mode & 0o7777, owner: { uid, gid }, ...(link && { link }) };
}

/** Links above the base were chosen by whoever named it. */
async function firstLink(base: string, relative: string): Promise<ClientFile['link']> {
  const parts = relative.split(path.sep);
  for (let depth = 1; depth <= parts.length; depth += 1) {
    const at = path.join(base, ...parts.slice(0, depth));
    const found = await attempt(at, () => lstat(at));
    if (found === undefined) return undefined;
    if (found.isSymbolicLink()) return { at, to: path.resolve(path.dirname(at), await readlink(at)) };
  }
  return undefined;
}

async function behind(named: string, link: string): Promise<string> {
  const target = await attempt(link, () => realpath(link));
  if (target === undefined) throw unreadable(link, 'it is a link that leads to nothing');
  const file = path.join(target, path.relative(link, named));
  return (await attempt(file, () => realpath(file))) ?? file;
}

/** Undefined when there is nothing of that name. */
async function attempt<Found>(file: string, look: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await look();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw unreadable(file, errorCode(error) ?? String(error), error);
  }
}

function decoded(file: string, bytes: Uint8Array | undefined): string | undefined {
  try {
    return bytes && new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new DispatchError('AD_CONFIG_SYNTAX', `${file} is not UTF-8 text.`, {
      hint: 'Save it as UTF-8; nothing was written.',
      cause: error,
    });
  }
}

const unreadable = (file: string, why: string, cause?: unknown): DispatchError =>
  new DispatchError('AD_CONFIG_UNREADABLE', `${file} cannot be used: ${why}.`, {
    hint: 'Check the path and its permissions; nothing was written.',
    cause,
  });

export interface ReplaceOptions {
  place: Place;
  /** As it was read. */
  before: ClientFile;
  text: string;
  /** Of a file that is not there yet. */
  newMode: number;
  /** Write behind a link that is on the way. */
  followLink: boolean;
  now: Date;
}

/** @returns the copy of what was there. Errors: AD_CONFIG_LINK, AD_CONFIG_CHANGED, AD_CONFIG_UNREADABLE. */
export async function replaceClientFile(options: ReplaceOptions): Promise<{ backup?: string }> {
  const { place, before, text, newMode, followLink, now } = options;
  const { file, link, mode = newMode, owner } = before;
  if (link !== undefined && !followLink) throw linked(link);
  const directory = path.dirname(file);
  const temporary = path.join(directory, `.${path.basename(file)}.${randomBytes(6).toString('hex')}`);
  try {
    await mkdir(directory, { recursive: true });
    await writeWhole(temporary, { text, mode, owner });
    // Clients write to their files too, and know nothing of us: what they write from here to the renaming is lost.
    if ((await readClientFile(place)).text !== before.text) throw changed(file);
    const backup = before.text === undefined ? undefined : await backUp(file, { text: before.text, mode, owner, now });
    await rename(temporary, file).catch(async (error: unknown) => {
      if (backup !== undefined) await rm(backup, { force: true });
      throw error;
    });
    await syncDirectory(directory);
    return { ...(backup !== undefined && { backup }) };
  } catch (error) {
    throw error instanceof DispatchError ? error : unreadable(file, errorCode(error) ?? String(error), error);
  } finally {
    await rm(temporary, { force: true });
  }
}

interface Content {
  text: string;
  mode: number;
  owner: ClientFile['owner'];
}

async function backUp(file: string, { now, ...content }: Content & { now: Date }): Promise<string> {
  const backup = `${file}.before-agentdispatch-${now.toISOString().replace(/[-:.]/g, '')}`;
  await writeWhole(backup, content);
  return backup;
}

async function writeWhole(file: string, { text, mode, owner }: Content): Promise<void> {
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.chmod((await takeOver(handle, owner)) ? mode : mode & ~GROUP);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Rights of the group. */
const GROUP = 0o070;

/**
 * Only root can write a file of somebody else that stays theirs; others can keep its group where it is one of their own.
 * @returns whether the group is as it was: else it must not read what it could not before.
 */
async function takeOver(handle: FileHandle, owner: ClientFile['owner']): Promise<boolean> {
  if (owner === undefined || process.platform === 'win32') return true;
  try {
    await handle.chown(process.getuid?.() === 0 ? owner.uid : -1, owner.gid);
    return true;
  } catch (error) {
    if (errorCode(error) !== 'EPERM') throw error;
    return false;
  }
}

async function syncDirectory(directory: string): Promise<void> {
  // Windows knows no such thing.
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

const linked = ({ at, to }: NonNullable<ClientFile['link']>): DispatchError =>
  new DispatchError('AD_CONFIG_LINK', `${at} is a link to ${to}.`, {
    hint: 'Pass --follow-link to write there; nothing was written.',
  });

const changed = (file: string): DispatchError =>
  new DispatchError('AD_CONFIG_CHANGED', `${file} was changed by another program meanwhile.`);
