// Keeps the files that a run's agent leaves: those it names while it works, and at the end those it was asked for. What cannot
// be kept is said; it never changes how the run ends.
import { relative, resolve } from 'node:path';
import { findArtifacts, plainFile, type FoundFile } from '../files/find-artifacts.js';
import { keepArtifact } from '../files/keep-artifact.js';
import { messageOf } from '../system-error.js';
import type { LocalRun } from './local-run.js';
import type { Recorder } from './recorder.js';

/** More files than this are not collected; a pattern that matches a whole tree is mostly a mistake. */
const MOST = 1_000;
/** So much of names is kept of one task by a dispatcher, with room for what else it keeps. */
const NAMES_BYTES = 64_000;
const LONGEST_NAME = 1_024;

export interface Collecting {
  readonly run: LocalRun;
  /** Real path of the agent's directory. */
  readonly directory: string;
  readonly recorder: Recorder;
  readonly most: number;
}

export class Collector {
  readonly #run: LocalRun;
  readonly #directory: string;
  readonly #recorder: Recorder;
  /** Bytes of content that may still come. */
  #room: number;
  #isFull = false;
  /** Bytes of the names so far. */
  #names = 0;

  /** @param most bytes that are kept of all of them. */
  constructor({ run, directory, recorder, most }: Collecting) {
    this.#run = run;
    this.#directory = directory;
    this.#recorder = recorder;
    this.#room = most;
  }

  /** A file that the agent names while it works, as it is now. */
  async leave(given: string): Promise<void> {
    const name = relative(this.#directory, resolve(this.#directory, given));
    await this.#try(name, async () => {
      const file = await plainFile(name, this.#directory);
      if (file === undefined) {
        return this.#recorder.note(`${name} is no file of the working directory and was not collected.`);
      }
      await this.#keep({ name, file });
      await this.#run.save();
    });
  }

  /** All that match, when the agent is gone; the record is saved with the run's end. */
  async collect(patterns: readonly string[]): Promise<void> {
    for (const pattern of patterns) {
      await this.#try(pattern, async () => {
        const { files, notes } = await findArtifacts(pattern, this.#directory);
        for (const note of notes) this.#recorder.note(note);
        for (const found of files) await this.#try(found.name, () => this.#keep(found));
      });
    }
  }

  async #try(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#recorder.note(`${what} could not be collected: ${messageOf(error)}`);
    }
  }

  async #keep({ name, file }: FoundFile): Promise<void> {
    const { record, files, log } = this.#run;
    if (this.#isFull) return;
    if (name.length > LONGEST_NAME) return this.#recorder.note('A file with too long a name was not collected.');
    this.#names += Buffer.byteLength(name);
    if (record.artifacts.length >= MOST || this.#names > NAMES_BYTES) {
      this.#isFull = true;
      return this.#recorder.note(`Only the first ${record.artifacts.length} artifacts were collected.`);
    }
    const artifact = await keepArtifact(name, file, files.artifacts, this.#room);
    if (this.#run.artifact(name)?.sha256 === artifact.sha256) return;
    this.#room -= artifact.size;
    record.artifacts.push(artifact);
    log.add({ type: 'artifact', artifact });
  }
}
