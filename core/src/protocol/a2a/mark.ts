// How far a growing sequence (text, or a list of files) was told: its length, and a digest by which a longer one is told from
// another one.
import { createHash, type Hash } from 'node:crypto';

export class Mark {
  #length = 0;
  /** Of all that was told. Undefined in a fresh process until the sequence is seen again. */
  #hash: Hash | undefined = createHash('sha256');
  /** Of a fresh process: what the digest of all that was told should be. Empty: not known any more. */
  #expected = '';

  static read(length: number, digest: string): Mark {
    const mark = new Mark();
    mark.#length = length;
    mark.#hash = undefined;
    mark.#expected = digest;
    return mark;
  }

  get length(): number {
    return this.#length;
  }

  get digest(): string {
    return this.#hash === undefined ? this.#expected : shortDigest(this.#hash);
  }

  add(piece: string, length = piece.length): void {
    this.#length += length;
    this.#hash?.update(piece);
    if (this.#hash === undefined) this.#expected = '';
  }

  /**
   * Holds the mark against the whole sequence; returns from where on it is new. One that does not begin with what was told is
   * new from its beginning; one that is shorter has nothing new, for its agent may only be behind.
   */
  resume(length: number, beginning: (length: number) => string): number {
    if (length < this.#length) return length;
    const hash = createHash('sha256').update(beginning(this.#length));
    const isSame = this.digest === '' || shortDigest(hash) === this.digest;
    this.#length = isSame ? this.#length : 0;
    this.#hash = isSame ? hash : createHash('sha256');
    return this.#length;
  }
}

const shortDigest = (hash: Hash): string => hash.copy().digest('base64url').slice(0, 8);
