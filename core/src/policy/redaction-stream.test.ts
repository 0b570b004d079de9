import { describe, expect, it } from '@jest/globals';
import { createRedactor, type Redactor } from './redaction.js';
import { loadCorpus } from './testdata/expand-corpus.js';

const KNOWN = ['a known secret, with spaces', 'a known secret, with spaces and more', 'spaces-then-this'];
const GITHUB_TOKEN = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`;

function streamed(redactor: Redactor, chunks: Iterable<string>): string {
  const stream = redactor.stream();
  return [...chunks].map((chunk) => stream.push(chunk)).join('') + stream.flush();
}

function secretTexts(): { id: string; text: string }[] {
  const entries = loadCorpus('credential-corpus.json').filter(
    ({ secret, value }) => secret && typeof value === 'string',
  );
  return entries.map(({ id, value }) => ({ id, text: `before ${String(value)} after\nnext line` }));
}

describe('RedactionStream', () => {
  it.each([
    { title: 'a known value', text: `say ${KNOWN[0] ?? ''} and go` },
    { title: 'a known value that begins another', text: `say ${KNOWN[1] ?? ''}.` },
    { title: 'overlapping known values', text: 'a known secret, with spaces-then-this' },
    { title: 'a shape', text: `push with ${GITHUB_TOKEN} now` },
    { title: 'an assignment', text: 'export DB_PASSWORD = trustno1 && make' },
    { title: 'a quoted value with spaces', text: 'password: "orchid battery violin 42" next' },
    { title: 'a URL', text: 'clone https://ada:trustno1@example.com/x now' },
    { title: 'a header', text: `-H "Authorization: Bearer ${'q7RtY2mZ8kLw'.repeat(3)}" https://x` },
  ])('redacts $title split at any index exactly as in one piece', ({ text }) => {
    const redactor = createRedactor({ values: KNOWN });
    const whole = redactor.text(text);
    const differing = Array.from(text, (_, at) => at).filter(
      (at) => streamed(redactor, [text.slice(0, at), text.slice(at)]) !== whole,
    );
    expect(whole).toContain('[redacted:');
    expect(differing).toEqual([]);
  });

  it('redacts every text of the corpus fed one character at a time exactly as in one piece', () => {
    const redactor = createRedactor();
    const differing = secretTexts().filter(({ text }) => streamed(redactor, text.split('')) !== redactor.text(text));
    expect(differing.map(({ id }) => id)).toEqual([]);
  });

  it('lets complete words go at once and holds back only the unfinished one', () => {
    const stream = createRedactor({ values: KNOWN }).stream();
    expect(stream.push('building 3 of 7\n')).toBe('building 3 of 7\n');
    expect(stream.push('almost do')).toBe('almost ');
    expect(stream.push('ne\n')).toBe('done\n');
    expect(stream.push('tell a known sec')).toBe('tell ');
    expect(stream.push('ond now\n')).toBe('a known second now\n');
    expect(stream.flush()).toBe('');
  });

  it('holds back a bounded stretch of a text without spaces', () => {
    const stream = createRedactor().stream();
    const letGo = Array.from({ length: 100 }, () => stream.push('ab'.repeat(1000))).join('');
    expect(letGo.length).toBeGreaterThanOrEqual(200_000 - 4_096);
    expect(letGo.length + stream.flush().length).toBe(200_000);
  });

  it('holds back a bounded stretch of a private key that never ends', () => {
    const stream = createRedactor().stream();
    const line = `${'Ab3/'.repeat(16)}\n`;
    const begin = ['-----BEGIN PRIVATE', 'KEY-----\n'].join(' ');
    const letGo = [begin, ...Array.from({ length: 1000 }, () => line)].map((chunk) => stream.push(chunk)).join('');
    expect(letGo).toContain('[redacted:private-key]');
    expect(letGo.length).toBeGreaterThan(20_000);
  });

  it('gives what it holds when flushed, and still knows the beginning of a secret that goes on', () => {
    const stream = createRedactor().stream();
    expect(stream.push('token=')).toBe('');
    expect(stream.flush()).toBe('token=');
    expect(stream.push('q7RtY2mZ8kLw4XcV\n')).toBe('[redacted:assignment]\n');
  });

  it('keeps two streams of one redactor apart', () => {
    const redactor = createRedactor({ values: KNOWN });
    const [one, other] = [redactor.stream(), redactor.stream()];
    expect(one.push('a known secret, ')).toBe('');
    expect(other.push('with spaces ')).toBe('with spaces ');
    expect(one.flush()).toBe('a known secret, ');
  });
});
