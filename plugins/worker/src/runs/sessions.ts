// Which conversation of its agent a task had, for tasks that go on with it: one small file for each task. Workers may share them.
import { readFileSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '../system-error.js';
import { dropOlder } from './data-directory.js';
import { PRIVATE } from './run-files.js';

/** Agents do not keep their conversations for ever either. */
const KEPT_MS = 30 * 24 * 3600 * 1000;

/** It becomes an argument, and comes from the agent: nothing that could be an option of its own. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,199}$/;

interface Note {
  /** Name of the agent in the configuration. */
  readonly agent: string;
  /** The agent's own name for the conversation. */
  readonly session: string;
}

export class Sessions {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Undefined where none is known, or one of another agent. */
  find(taskId: string | undefined, agent: string): string | undefined {
    const note = taskId === undefined ? undefined : this.#read(taskId);
    return note?.agent === agent ? note.session : undefined;
  }

  /** Takes the place of what was known of the task. */
  async keep(taskId: string, note: Note): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: PRIVATE });
    const draft = this.#file(`.${taskId}.${process.pid}`);
    await writeFile(draft, JSON.stringify(note), { mode: 0o600 });
    await rename(draft, this.#file(taskId));
  }

  async dropOld(now: number): Promise<void> {
    await dropOlder(this.#directory, now - KEPT_MS);
  }

  #read(taskId: string): Note | undefined {
    try {
      const { agent, session } = JSON.parse(readFileSync(this.#file(taskId), 'utf8')) as Partial<Note>;
      return agent !== undefined && session !== undefined && NAME.test(session) ? { agent, session } : undefined;
    } catch (error) {
      if (hasCode(error, 'ENOENT') || error instanceof SyntaxError) return undefined;
      throw error;
    }
  }

  #file(name: string): string {
    return join(this.#directory, name);
  }
}
