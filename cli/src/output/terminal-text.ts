// Text of agents, clouds and plugins made safe for a terminal: nothing in it may move the cursor, change colours or
// reorder what is shown. Every renderer sends foreign text through here; files and pipes get it unchanged.

/** Controls but for line end and tab, and the marks that reverse the direction of text. */
const UNSAFE = /(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu;

/** Controls as visible text: ^[ for ESC, \u202e for what has no such name. Line ends and tabs stay. */
export const escapeControls = (text: string): string =>
  text.replaceAll('\r\n', '\n').replaceAll(UNSAFE, (character) => {
    const code = character.charCodeAt(0);
    if (code === 0x7f) return '^?';
    return code < 0x20 ? `^${String.fromCharCode(code + 0x40)}` : unicodeEscape(code);
  });

/** The same on a single line, for cells, messages and prompts. */
export const oneLine = (text: string): string => escapeControls(text.replaceAll(/[\s\u2028\u2029]+/gu, ' ')).trim();

/** Escaped where a terminal reads it, unchanged where a program or a file does. */
export const textFor = (stream: { isTTY?: boolean }, text: string): string =>
  stream.isTTY === true ? escapeControls(text) : text;

/** JSON in which unsafe characters stand as escapes: the same value for whoever parses it. */
export const jsonText = (value: unknown): string =>
  JSON.stringify(value, undefined, 2).replaceAll(UNSAFE, (character) => unicodeEscape(character.charCodeAt(0)));

const unicodeEscape = (code: number): string => `\\u${code.toString(16).padStart(4, '0')}`;
