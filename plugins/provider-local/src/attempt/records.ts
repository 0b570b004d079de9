// Small JSON files that appear whole or not at all. Shared by host and shim; knows nothing of what they mean.
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hasCode } from './system-error.js';

const PRIVATE = 0o600;

/** The file's JSON, or undefined when there is no such file. */
export function readRecord(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** Creates the file with its whole content, synced; false when it exists already, whoever made it. */
export const createRecord = (path: string, value: unknown): boolean => createText(path, textOf(value));

/** The same for what is no JSON. */
export function createText(path: string, text: string): boolean {
  const draft = writeDraft(path, text);
  try {
    linkSync(draft, path);
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
  syncDirectory(dirname(path));
  return true;
}

/** Writes or replaces the file as one step, synced. */
export function replaceRecord(path: string, value: unknown): void {
  const draft = writeDraft(path, textOf(value));
  try {
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  syncDirectory(dirname(path));
}

const textOf = (value: unknown): string => `${JSON.stringify(value)}\n`;

function writeDraft(path: string, text: string): string {
  const draft = join(dirname(path), `.draft-${process.pid}-${randomBytes(6).toString('hex')}`);
  const file = openSync(draft, 'wx', PRIVATE);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return draft;
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
