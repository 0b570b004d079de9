// Places the request's input files before the work starts. Repeating it is harmless; a different file in the way is an error.
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, lstat, mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { Readable } from 'node:stream';
import type { DispatchRequest } from '@agent-dispatch/core/provider';
import { inside } from '@agent-dispatch/worker';
import { hasCode } from '../attempt/system-error.js';
import { UnusableRequest } from '../failures.js';

/** Less what this process masks. */
const PLAIN = 0o666;
const PROGRAM = 0o777;

type InputFile = NonNullable<DispatchRequest['input']['inputs']>[number];

/** @param name of the attempt: makes the temporary names, so that a repeat finds what a crash left. */
export async function placeInputs(inputs: readonly InputFile[], directory: string, name: string): Promise<void> {
  for (const [index, input] of inputs.entries()) {
    await placeInput(input, { directory, name, pointer: `/input/inputs/${index}` });
  }
}

interface Place {
  readonly directory: string;
  readonly name: string;
  readonly pointer: string;
}

async function placeInput(input: InputFile, { directory, name, pointer }: Place): Promise<void> {
  const target = await inside(directory, input.path);
  if (target === undefined || target === directory) {
    throw unusable(
      `${pointer}/path`,
      'The path leaves the working directory through a link, or names the directory itself.',
    );
  }
  await mkdir(dirname(target), { recursive: true });
  const draft = join(dirname(target), `.${basename(target).slice(0, 100)}.${name}.part`);
  await rm(draft, { force: true });
  try {
    const sha256 = await copy(input, draft, pointer);
    if (input.sha256 !== undefined && input.sha256 !== sha256) {
      throw unusable(`${pointer}/sha256`, `The content's SHA-256 is ${sha256}, not ${input.sha256}.`);
    }
    await putInPlace(draft, target, { sha256, pointer });
  } finally {
    await rm(draft, { force: true });
  }
}

async function copy(input: InputFile, draft: string, pointer: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    const mode = input.executable === true ? PROGRAM : PLAIN;
    await writeFile(draft, hashed(sourceOf(input, pointer), hash), { flag: 'wx', mode });
  } catch (error) {
    if (input.file === undefined || !hasCode(error, 'ENOENT', 'EACCES', 'EISDIR')) throw error;
    throw unusable(`${pointer}/file`, `The file ${input.file} cannot be read.`);
  }
  return hash.digest('hex');
}

function sourceOf({ file, text }: InputFile, pointer: string): AsyncIterable<Buffer | string> {
  if (text !== undefined) return Readable.from([text]);
  if (file !== undefined && isAbsolute(file)) return contentOf(file);
  throw unusable(pointer, 'An input needs `text`, or `file` with an absolute path.');
}

/** Opened when it is first read: an error of one that nobody reads yet would end the process. */
async function* contentOf(file: string): AsyncGenerator<Buffer> {
  yield* createReadStream(file) as AsyncIterable<Buffer>;
}

async function* hashed(source: AsyncIterable<Buffer | string>, hash: Hash): AsyncGenerator<Buffer | string> {
  for await (const part of source) {
    hash.update(part);
    yield part;
  }
}

/** link, unlike rename, never replaces. */
async function putInPlace(draft: string, target: string, made: { sha256: string; pointer: string }): Promise<void> {
  try {
    await link(draft, target);
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    if ((await sha256Of(target)) === made.sha256) return;
    throw unusable(`${made.pointer}/path`, 'Another file is there already; inputs never replace one.');
  }
}

/** Undefined for what is no plain file. */
async function sha256Of(path: string): Promise<string | undefined> {
  if (!(await lstat(path)).isFile()) return undefined;
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest('hex');
}

const unusable = (pointer: string, message: string): UnusableRequest =>
  new UnusableRequest('AD_INPUT_INVALID', pointer, message, 'Correct the input file and start the task again.');
