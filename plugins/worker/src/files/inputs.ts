// Puts a task's input files into its directory before the agent begins. All of them are verified before any is placed.
import { chmod, constants, copyFile, lstat, mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { WorkerInput } from '@agent-dispatch/schemas';
import { RunRefused } from '../runs/run.js';
import { hasCode } from '../system-error.js';
import { digest, fileDigest } from './digest.js';
import { inside, staysInside } from './inside.js';

/** As a program is kept: anyone may run it. */
const PROGRAM = 0o755;

/** Content that has the digest it should have. */
export interface VerifiedInput {
  readonly path: string;
  readonly sha256: string;
  readonly executable?: boolean;
  readonly source: { readonly bytes: Uint8Array } | { readonly file: string };
}

/** As far as their names and what stands in the task tell. Errors: RunRefused `invalid`, `digest_mismatch`. */
export async function verifyInputs(
  inputs: readonly WorkerInput[],
  staged: (sha256: string) => Promise<string | undefined>,
): Promise<VerifiedInput[]> {
  return Promise.all(
    inputs.map(async ({ path, sha256, text, base64, executable }) => {
      if (!staysInside(path)) throw new RunRefused('invalid', `The input ${path} is absolute or leaves its directory.`);
      if (text !== undefined && base64 !== undefined)
        throw new RunRefused('invalid', `The input ${path} has text and base64.`);
      if (text !== undefined || base64 !== undefined) {
        return { path, sha256, executable, source: { bytes: verified(bytesOf(text, base64), sha256, path) } };
      }
      const file = await staged(sha256);
      if (file === undefined)
        throw new RunRefused('invalid', `The input ${path} has no content and was not put before.`);
      return { path, sha256, executable, source: { file } };
    }),
  );
}

const bytesOf = (text?: string, base64?: string): Buffer =>
  text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text);

function verified(bytes: Buffer, sha256: string, path: string): Buffer {
  const found = digest(bytes);
  if (found === sha256) return bytes;
  throw new RunRefused('digest_mismatch', `The SHA-256 of the input ${path} is ${found}, not ${sha256}.`);
}

/** Errors: RunRefused `invalid` where another file is in the way, or a link leads out. */
export async function placeInputs(inputs: readonly VerifiedInput[], directory: string): Promise<void> {
  for (const input of inputs) await place(input, directory);
}

async function place({ path, sha256, executable, source }: VerifiedInput, directory: string): Promise<void> {
  const target = await inside(directory, path);
  if (target === undefined || target === directory) {
    throw new RunRefused(
      'invalid',
      `The input ${path} leaves the directory through a link, or names the directory itself.`,
    );
  }
  try {
    await mkdir(dirname(target), { recursive: true });
    if ('file' in source) await copyFile(source.file, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    else await writeFile(target, source.bytes, { flag: 'wx' });
    if (executable === true) await chmod(target, PROGRAM);
  } catch (error) {
    if (!hasCode(error, 'EEXIST', 'ENOTDIR')) throw error;
    if (await isFileOf(target, sha256)) return;
    throw new RunRefused('invalid', `Something else is at ${path} already; inputs never replace a file.`);
  }
}

async function isFileOf(path: string, sha256: string): Promise<boolean> {
  try {
    return (await lstat(path)).isFile() && (await fileDigest(path)) === sha256;
  } catch (error) {
    if (hasCode(error, 'ENOTDIR')) return false;
    throw error;
  }
}
