// Work that a shell does, and that writes down each time it is begun.
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import type { Place } from '../../e2e/support/place.js';
import type { Kind, World } from './world.js';

/** More than a record holds of an input, so that it becomes a value of its own. */
const PADDING = 'x'.repeat(9_000);
/** More than an event holds of a result. */
export const LONG = 'y'.repeat(9_000);
/** More events than memory keeps of one task. */
const MANY = 30;

const WORK: Readonly<Record<Kind, string>> = {
  quick: 'echo one; echo two; echo left > left.txt',
  endless: 'echo one; exec sleep 600',
  large: `echo one; echo two; echo ${LONG}; echo left > left.txt`,
  many: `echo one; echo two; for n in $(seq ${String(MANY)}); do echo $n > left.$n; done`,
};

export interface Starts {
  readonly starts: World['starts'];
  readonly scriptOf: (kind: Kind) => string;
  /** The script needs it. */
  readonly environmentOf: (key: string) => Record<string, string>;
}

export function makeStarts(place: Place): Starts {
  mkdirSync(place.path('starts'));
  const startsFile = (key: string): string => place.path('starts', key);
  return {
    starts: (task) => {
      const files = task ? [startsFile(task.key)] : readdirSync(place.path('starts')).map(startsFile);
      const said = files.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'));
      return said.join('').split('\n').filter(Boolean).length;
    },
    scriptOf: (kind) => `echo started >> "$STARTS"; ${WORK[kind]}`,
    environmentOf: (key) => ({ STARTS: startsFile(key), PADDING }),
  };
}
