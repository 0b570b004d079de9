// What a watched dispatcher passes, written down line by line before anything else happens, and the kill at a chosen
// place. The file is shared by all dispatchers and clients of one state directory: its order is the order of events.
import { existsSync, openSync, writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

export interface DiaryOptions {
  file: string;
  /** Which dispatcher writes. */
  run: string;
  /** The process kills itself when it passes this point; with `hold`, only after that. */
  kill: string;
  /** For one task that is accepted in this run: the process waits at this place until the file is there. */
  hold?: { place: string; file: string };
}

/** One line: run, point, task (or `-`), and `killed` on the last line of a killed run. */
export const diaryLine = (run: string, point: string, taskId = '-', end = ''): string =>
  `${[run, point, taskId, ...(end === '' ? [] : [end])].join(' ')}\n`;

export const HELD = 'held';

const LOOK_MS = 5;

export class Diary {
  readonly #fd: number;
  #armed: boolean;
  #accepted: string | undefined;
  readonly #visits = new Map<string, number>();

  constructor(private readonly options: DiaryOptions) {
    this.#fd = openSync(options.file, 'a', 0o600);
    this.#armed = options.hold === undefined;
  }

  /** Returns only where the process lives on. */
  pass(point: string, taskId?: string): void {
    const { run, kill } = this.options;
    if (point === 'journal.accepted.write.before') this.#accepted ??= taskId;
    const dies = this.#armed && point === kill;
    writeSync(this.#fd, diaryLine(run, point, taskId, dies ? 'killed' : ''));
    if (!dies) return;
    process.kill(process.pid, 'SIGKILL');
    throw new Error('the process outlived its kill');
  }

  /** The same where the process can be held. */
  async reach(point: string, taskId?: string): Promise<void> {
    this.pass(point, taskId);
    await this.wait(point, taskId);
  }

  /** A place that is no crash point. Visits are counted: `<place>#2` is the task's second. */
  async wait(place: string, taskId: string | undefined): Promise<void> {
    const { run, hold } = this.options;
    if (hold === undefined || this.#armed || taskId === undefined || taskId !== this.#accepted) return;
    const visit = (this.#visits.get(place) ?? 0) + 1;
    this.#visits.set(place, visit);
    if (hold.place !== `${place}#${String(visit)}`) return;
    writeSync(this.#fd, diaryLine(run, HELD, taskId));
    while (!existsSync(hold.file)) await delay(LOOK_MS);
    this.#armed = true;
  }

  /** Before and after one effect. An effect that fails has no after. */
  async around<Value>(name: string, taskId: string | undefined, effect: () => Promise<Value>): Promise<Value> {
    await this.reach(`${name}.before`, taskId);
    const value = await effect();
    await this.reach(`${name}.after`, taskId);
    return value;
  }
}
