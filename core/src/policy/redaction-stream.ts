// Redacts a text that arrives in chunks, so that a secret split between two of them never leaves. Holds back only what
// the next chunk could still turn into a secret; what was let go stays as context for what follows.
import { pendingLength, type KnownValue } from './known-values.js';
import { MAX_BLOCK_LENGTH, type SecretSpan } from './scan-shapes.js';

/** How much of the text already let go is looked at with the next chunk: a name before its value, an id before its key. */
const CONTEXT_LENGTH = 512;
/** The longest unfinished word that is held back for the sake of shapes; a JWT with many claims fits. */
const MAX_HELD_WORD = 4096;
/** The longest unfinished quoted value held back. */
const MAX_HELD_QUOTE = 512;

const BLOCK_BEGIN = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d:/g;
const BLOCK_BEGINNING = /-----BEGIN[A-Z0-9 ]{0,64}-{0,5}$/;
const BLOCK_END = /-----END [A-Z0-9 ]{0,40}-----|Private-MAC: ?[0-9a-f]{1,128}(?![0-9a-f])(?=.)/;
const OPEN_QUOTE =
  /(?:pass|pwd|pw|secret|token|key|cred|auth|bearer|cookie|jwt|pat|mnemonic)[\w.-]{0,96}[^\r\n\w]{1,24}(?:(?:is|are|was) {1,4})?["'`][^"'`\r\n]{0,512}$/i;

export class RedactionStream {
  /** The end of what was let go, as it was before redaction. */
  private context = '';
  private held = '';

  constructor(
    private readonly known: readonly KnownValue[],
    private readonly spansOf: (text: string) => SecretSpan[],
  ) {}

  /**
   * Takes the next chunk.
   *
   * Returns: the redacted text that can be let go; what stays back is an unfinished word (at most 4,096 characters),
   * an unfinished quoted value after a credential's name (512), an unfinished private key block (16,384) or an
   * unfinished known value, and comes with a later chunk or with `flush`.
   */
  push(chunk: string): string {
    this.held += chunk;
    return this.release(this.heldFrom());
  }

  /** Lets go of everything held: call at the end of the source, or when it has been silent for as long as a reader should wait. */
  flush(): string {
    return this.release(this.held.length);
  }

  /** Something pushed was not let go yet. */
  get holdsBack(): boolean {
    return this.held !== '';
  }

  private release(upTo: number): string {
    const scanned = this.context + this.held;
    const offset = this.context.length;
    const spans = this.spansOf(scanned).filter(({ end }) => end > offset);
    const cut = Math.max(offset, withoutCutting(spans, offset + upTo));
    let released = '';
    let copiedTo = offset;
    for (const { start, end, rule } of spans) {
      if (start >= cut) break;
      released += `${scanned.slice(copiedTo, Math.max(start, offset))}[redacted:${rule}]`;
      copiedTo = end;
    }
    released += scanned.slice(copiedTo, cut);
    this.held = scanned.slice(cut);
    this.context = scanned.slice(Math.max(0, cut - CONTEXT_LENGTH), cut);
    return released;
  }

  private heldFrom(): number {
    const { held } = this;
    return Math.min(
      held.length - pendingLength(held, this.known),
      unfinishedWord(held),
      unfinishedQuote(this.context, held),
      unfinishedBlock(held),
    );
  }
}

/** A cut inside a secret would let half of it go, so it moves to the secret's start; behind it when too long to hold. */
function withoutCutting(spans: readonly SecretSpan[], cut: number): number {
  const divided = spans.find(({ start, end }) => start < cut && end > cut);
  if (divided === undefined) return cut;
  return divided.end - divided.start > 2 * MAX_BLOCK_LENGTH ? divided.end : divided.start;
}

function unfinishedWord(held: string): number {
  const earliest = Math.max(0, held.length - MAX_HELD_WORD);
  let start = held.length;
  while (start > earliest && !/\s/.test(held.charAt(start - 1))) start -= 1;
  return start;
}

function unfinishedQuote(context: string, held: string): number {
  const tail = (context + held).slice(-(MAX_HELD_QUOTE + 128));
  const open = OPEN_QUOTE.exec(tail);
  if (open === null) return held.length;
  return Math.max(0, held.length - (tail.length - open.index));
}

function unfinishedBlock(held: string): number {
  const recent = Math.max(0, held.length - MAX_BLOCK_LENGTH);
  for (const begin of held.slice(recent).matchAll(BLOCK_BEGIN)) {
    const start = recent + begin.index;
    if (!BLOCK_END.test(held.slice(start))) return start;
  }
  return BLOCK_BEGINNING.exec(held)?.index ?? held.length;
}
