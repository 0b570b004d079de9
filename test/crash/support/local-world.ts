// Tasks as processes of this machine.
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Place } from '../../e2e/support/place.js';
import type { Kind, World } from './world.js';

/** More than a record holds of an input, so that it becomes a value of its own. */
const PADDING = 'x'.repeat(9_000);
/** More than an event holds of a result. */
const LONG = 'y'.repeat(9_000);
/** More events than memory keeps of one task. */
const MANY = 30;

const WORK: Readonly<Record<Kind, string>> = {
  quick: 'echo one; echo two; echo left > left.txt',
  endless: 'echo one; exec sleep 600',
  large: `echo one; echo two; echo ${LONG}; echo left > left.txt`,
  many: `echo one; echo two; for n in $(seq ${String(MANY)}); do echo $n > left.$n; done`,
};

export async function makeLocalWorld(): Promise<World> {
  const place = await Place.make({ accounts: { here: { provider: 'local' } } });
  mkdirSync(place.path('starts'));
  const handed = await place.write('handed-over.txt', 'from the caller');
  const startsFile = (key: string): string => place.path('starts', key);
  return {
    place,
    env: place.env,
    offer: { resume: true },
    request: (key, kind) => ({
      provider: 'local',
      account_profile: 'here',
      capability: 'agent-runtime',
      task_type: 'command.run',
      target: { mode: 'runtime', protocol: 'stdio' },
      input: {
        command: `grep -q caller handed-over.txt && echo started >> "$STARTS"; ${WORK[kind]}`,
        shell: true,
        environment: { STARTS: startsFile(key), PADDING },
        inputs: [{ path: 'handed-over.txt', file: handed }],
        ...(kind !== 'endless' && { artifacts: ['left*'] }),
      },
      idempotency_key: key,
    }),
    starts: (task) => {
      const files = task ? [startsFile(task.key)] : readdirSync(place.path('starts')).map(startsFile);
      const said = files.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'));
      return said.join('').split('\n').filter(Boolean).length;
    },
    leaks: () => left(place),
    isWhole: (kind, { result, output }) => {
      const printed = kind === 'large' ? `one\ntwo\n${LONG}\n` : 'one\ntwo\n';
      return output === printed && result === printed;
    },
  };
}

/** Attempts, and what was stored for tasks that never came to be. Processes are looked for when the place ends. */
async function left(place: Place): Promise<string[]> {
  const stateDir = await place.stateDir();
  const directories = ['providers/local/attempts', 'incoming'].map((name) => path.join(stateDir, name));
  const names = directories.filter((one) => existsSync(one)).map((directory) => readdir(directory));
  return (await Promise.all(names)).flat();
}
