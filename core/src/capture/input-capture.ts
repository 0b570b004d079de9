// Takes what a call's inputs name, with the content it has now: from then on the task has it, whatever becomes of the
// originals. Finds everything first, judges it as a whole, and only then reads.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InputFile, InputSource, Problem } from '@agent-dispatch/schemas';
import { inputBlob, type CapturedInput } from '../engine/index.js';
import type { NewValues } from '../store/index.js';
import { refuse, type FoundFile } from './found-file.js';
import { assertWithin, ByteBudget, type InputLimits } from './limits.js';
import { findFile } from './local-file.js';
import { checkInside } from './placed-path.js';

export interface CaptureSettings {
  stateDir: string;
  environment: Readonly<Record<string, string>>;
  limits: InputLimits;
  /** For all that comes from other machines. Default 45 s: callers wait, and many do not for longer than a minute. */
  fetchMs?: number;
}

interface Capture {
  problems: Problem[];
  signal: AbortSignal;
  /** A private directory, made when it is first asked for. */
  directory: () => Promise<string>;
  closing: (() => Promise<void>)[];
}

/** A text goes along with the request; everything else is read and stored. */
type Found = FoundFile | { text: InputFile; at: string; path: string };

export class InputCapture {
  constructor(private readonly settings: CaptureSettings) {}

  /** Removes what a crash left. Called once, by whoever owns the state directory. */
  static async tidy(stateDir: string): Promise<void> {
    await rm(stagingIn(stateDir), { recursive: true, force: true });
  }

  /**
   * @param at where the caller's arguments name the inputs, as a JSON pointer.
   * Errors: AD_INPUT_INVALID and AD_INPUT_TOO_LARGE with pointers, AD_INPUT_UNREACHABLE; nothing of it counts then.
   */
  async capture(
    sources: readonly InputSource[],
    at: string,
    values: NewValues,
  ): Promise<(InputFile | CapturedInput)[]> {
    const capture = this.#begin();
    try {
      const found: Found[] = [];
      for (const [index, source] of sources.entries())
        found.push(...(await this.#find(source, `${at}/${String(index)}`, capture)));
      refuse(capture.problems);
      assertWithin(
        found.filter((one) => 'read' in one),
        this.settings.limits,
      );
      refuse([...found.flatMap(checkPlace), ...checkPlaces(found)]);
      return await this.#take(found, values);
    } finally {
      for (const close of capture.closing.reverse()) await close();
    }
  }

  #begin(): Capture {
    const closing: Capture['closing'] = [];
    let directory: Promise<string> | undefined;
    const make = async (): Promise<string> => {
      const staging = stagingIn(this.settings.stateDir);
      await mkdir(staging, { recursive: true, mode: 0o700 });
      const made = await mkdtemp(path.join(staging, 'inputs-'));
      closing.push(() => rm(made, { recursive: true, force: true }));
      return made;
    };
    return {
      problems: [],
      signal: AbortSignal.timeout(this.settings.fetchMs ?? 45_000),
      directory: () => (directory ??= make()),
      closing,
    };
  }

  async #find(source: InputSource, at: string, capture: Capture): Promise<Found[]> {
    const { path: place, file, text, uri, directory, git, sha256 } = source;
    const { environment, limits, stateDir } = this.settings;
    const { problems, signal } = capture;
    const named = { path: path.posix.normalize(place), at, ...(sha256 !== undefined && { sha256 }) };
    if (text !== undefined) return [foundText(text, named, problems)];
    if (file !== undefined) return await findFile({ ...named, file, pointer: `${at}/file` }, problems);
    if (uri !== undefined && /^file:/i.test(uri))
      return await findFile({ ...named, file: fileURLToPath(uri), pointer: `${at}/uri` }, problems);
    if (uri !== undefined) {
      const { download } = await import('./download.js');
      const { maxBytes } = limits;
      return [{ ...named, read: () => download({ url: uri, pointer: `${at}/uri`, maxBytes, signal }) }];
    }
    if (directory !== undefined) {
      const { findInDirectory } = await import('./find-in-directory.js');
      return await findInDirectory({ ...named, directory, stateDir: await realpath(stateDir) }, problems);
    }
    if (git === undefined) return [];
    const { findInRepository } = await import('./find-in-repository.js');
    const fetching = { into: capture.directory, maxBytes: limits.maxBytes, environment, signal };
    const { files, close } = await findInRepository({ ...named, git, ...fetching }, problems);
    capture.closing.push(close);
    return files;
  }

  async #take(found: readonly Found[], values: NewValues): Promise<(InputFile | CapturedInput)[]> {
    const budget = new ByteBudget(this.settings.limits);
    const wrong: Problem[] = [];
    const taken: (InputFile | CapturedInput)[] = [];
    for (const one of found) {
      if (!('read' in one)) {
        taken.push(one.text);
        continue;
      }
      const { path: place, executable, at } = one;
      const { name: blob, size, sha256 } = await values.put(inputBlob, { stream: budget.through(one) });
      wrong.push(...checkDigest(one.sha256, sha256, at));
      taken.push({ path: place, blob, size, sha256, ...(executable === true && { executable }) });
    }
    refuse(wrong);
    return taken;
  }
}

const stagingIn = (stateDir: string): string => path.join(stateDir, 'staging');

function foundText(text: string, named: Pick<FoundFile, 'path' | 'at' | 'sha256'>, problems: Problem[]): Found {
  problems.push(...checkDigest(named.sha256, createHash('sha256').update(text).digest('hex'), named.at));
  const { at, ...input } = named;
  return { path: named.path, at, text: { ...input, text } };
}

const checkDigest = (wanted: string | undefined, found: string, at: string): Problem[] =>
  wanted === undefined || wanted === found
    ? []
    : [{ pointer: `${at}/sha256`, message: `is not that of the content, which has ${found}` }];

/** Names that only reading a directory or repository tells. */
function checkPlace({ path: place, at }: Found): Problem[] {
  if (place.length > MOST_NAME) return [{ pointer: at, message: `has a name of over ${String(MOST_NAME)} characters` }];
  return checkInside(place, at).map(({ message }) => ({
    pointer: at,
    message: `has a name that cannot be placed everywhere, ${JSON.stringify(place)}: it ${message}`,
  }));
}

/** Longest name that a request may hold. */
const MOST_NAME = 1024;

/** No two files at one place, and none where another has a directory. */
function checkPlaces(found: readonly Found[]): Problem[] {
  const files = new Set<string>();
  const directories = new Set<string>();
  const problems: Problem[] = [];
  for (const { path: place, at } of found) {
    if (files.has(place))
      problems.push({ pointer: at, message: `has a file at the place of another: ${JSON.stringify(place)}` });
    files.add(place);
    for (let up = path.posix.dirname(place); up !== '.' && !directories.has(up); up = path.posix.dirname(up))
      directories.add(up);
  }
  for (const { path: place, at } of found) {
    if (directories.has(place))
      problems.push({ pointer: at, message: `has a file where another has a directory: ${JSON.stringify(place)}` });
  }
  return problems;
}
