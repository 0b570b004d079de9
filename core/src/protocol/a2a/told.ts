// What of the agent's task was told already, so that a snapshot of it, taken after a connection broke or by a fresh process,
// is told without doubling anything. Its short text form is the cursor.
import { createHash } from 'node:crypto';
import { isRecord } from '../../config/record.js';
import { Mark } from './mark.js';

/** Artifacts and messages that a cursor names: it is stored with every piece of output. Older ones count as told. */
const NAMED = 8;
/** Artifacts and messages that are known again. What is forgotten counts as told. */
const REMEMBERED = { artifacts: 1000, messages: 10_000 } as const;

interface Seen {
  readonly text: Mark;
  readonly files: Mark;
}

/** An artifact as it stands in a snapshot, or where it replaces a former one. */
export interface WholeArtifact {
  readonly id: string;
  /** Its place among the task's artifacts, where that is known. */
  readonly index?: number;
  readonly text: string;
  /** Digests. */
  readonly files: readonly string[];
}

export class Told {
  /** The one spoken of last stands last. */
  private readonly artifacts = new Map<string, Seen>();
  /** Artifacts that were seen before those the cursor named. */
  private older = 0;
  private readonly messages = new Set<string>();
  private lastMessage: string | undefined;
  /** The open question's id. */
  question: string | undefined;
  /** The agent's state as it was told last. */
  state: number | undefined;

  constructor(cursor?: string) {
    if (cursor !== undefined) this.read(cursor);
  }

  get cursor(): string {
    const named = [...this.artifacts].slice(-NAMED);
    return JSON.stringify({
      a: named.map(([key, { text, files }]) => [key, text.length, text.digest, files.length, files.digest]),
      o: this.older + this.artifacts.size - named.length,
      m: [...this.messages].slice(-NAMED),
      ...(this.question !== undefined && { q: this.question }),
      ...(this.state !== undefined && { s: this.state }),
    });
  }

  /** A message that is told now. What was told of it piece by piece need not be known any more. */
  message(id: string): void {
    const key = keyOf(id);
    this.messages.add(key);
    this.lastMessage = key;
    this.artifacts.delete(keyOf(inPieces(id)));
    if (this.messages.size > REMEMBERED.messages) this.messages.delete(oldestOf(this.messages));
  }

  hasMessage(id: string): boolean {
    return this.messages.has(keyOf(id));
  }

  /** Whether the agent's messages lack the latest one that was told, so that some between may be lacking too. */
  lacksMessage(ids: readonly string[]): boolean {
    return this.lastMessage !== undefined && !ids.map(keyOf).includes(this.lastMessage);
  }

  /** Whether the agent's artifacts lack one of which something was told. */
  lacksArtifact(ids: readonly string[]): boolean {
    const there = new Set(ids.map(keyOf));
    return [...this.artifacts.keys()].some((key) => !key.startsWith(PIECES) && !there.has(key));
  }

  /** From where on its text and its files are new. */
  whole({ id, index, text, files }: WholeArtifact): { text: number; files: number } {
    const isOlder = index !== undefined && index < this.older && !this.artifacts.has(keyOf(id));
    const seen = this.seen(id);
    if (isOlder) {
      seen.text.add(text);
      for (const digest of files) seen.files.add(digest, 1);
    }
    return {
      text: seen.text.resume(text.length, (length) => text.slice(0, length)),
      files: seen.files.resume(files.length, (length) => files.slice(0, length).join('')),
    };
  }

  /** Text of an artifact that is told now. */
  text(id: string, text: string): void {
    this.seen(id).text.add(text);
  }

  /** A file of an artifact that is told now. Returns how many were told before. */
  file(id: string, digest: string): number {
    const { files } = this.seen(id);
    files.add(digest, 1);
    return files.length - 1;
  }

  private seen(id: string): Seen {
    const key = keyOf(id);
    const seen = this.artifacts.get(key) ?? { text: new Mark(), files: new Mark() };
    this.artifacts.delete(key);
    this.artifacts.set(key, seen);
    if (this.artifacts.size > REMEMBERED.artifacts) {
      this.artifacts.delete(oldestOf(this.artifacts.keys()));
      this.older += 1;
    }
    return seen;
  }

  /** A cursor of another shape names nothing. */
  private read(cursor: string): void {
    const { a, o, m, q, s } = parsed(cursor);
    for (const entry of Array.isArray(a) ? a : []) {
      const [key, ...marks] = Array.isArray(entry) ? (entry as unknown[]) : [];
      const [text, textDigest, files, filesDigest] = marks;
      if (typeof key !== 'string') continue;
      this.artifacts.set(key, { text: markOf(text, textDigest), files: markOf(files, filesDigest) });
    }
    for (const key of Array.isArray(m) ? m : []) this.messages.add(String(key));
    this.lastMessage = [...this.messages].at(-1);
    if (typeof o === 'number') this.older = o;
    if (typeof q === 'string') this.question = q;
    if (typeof s === 'number') this.state = s;
  }
}

const PIECES = '~';

/** The name under which a message is told that does not fit into one event. */
export const inPieces = (messageId: string): string => `${PIECES}${messageId}`;

/** The agent's own names may be long. */
const keyOf = (id: string): string =>
  (id.startsWith(PIECES) ? PIECES : '') + createHash('sha256').update(id).digest('base64url').slice(0, 8);

const oldestOf = (keys: Iterable<string>): string => {
  const [oldest = ''] = keys;
  return oldest;
};

const markOf = (length: unknown, digest: unknown): Mark =>
  typeof length === 'number' && typeof digest === 'string' ? Mark.read(length, digest) : new Mark();

function parsed(cursor: string): Record<string, unknown> {
  try {
    const value = JSON.parse(cursor) as unknown;
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
