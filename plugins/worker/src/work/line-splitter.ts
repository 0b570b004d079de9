// Cuts text into lines as it comes. What cannot become a JSON line is not held back: it is given on at once.

/** A line longer than this is running text. Results up to 1 MiB fit, however they are escaped. */
const LONGEST_LINE = 8 * 1024 * 1024;

export class LineSplitter {
  readonly #line: (line: string) => void;
  readonly #text: (text: string) => void;
  #held = '';
  /** Within a line of which a part was given on. */
  #isRunning = false;

  /** @param line gets what begins with a brace, without its end; @param text all else, as it is. */
  constructor(line: (line: string) => void, text: (text: string) => void) {
    this.#line = line;
    this.#text = text;
  }

  add(text: string): void {
    let from = 0;
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
      this.#take(text.slice(from, end), '\n');
      from = end + 1;
    }
    this.#hold(text.slice(from));
  }

  end(): void {
    if (this.#held !== '') this.#take('', '');
  }

  #take(rest: string, newline: string): void {
    const line = this.#held + rest;
    if (!this.#isRunning && line.startsWith('{')) this.#line(line);
    else if (line !== '' || newline !== '') this.#text(line + newline);
    this.#held = '';
    this.#isRunning = false;
  }

  #hold(rest: string): void {
    this.#held += rest;
    if (this.#held === '' || (!this.#isRunning && this.#held.startsWith('{') && this.#held.length <= LONGEST_LINE))
      return;
    this.#text(this.#held);
    this.#held = '';
    this.#isRunning = true;
  }
}
