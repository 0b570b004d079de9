// Tasks as processes of this machine, under a shim alone or with a worker that speaks for them.
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { Place } from '../../e2e/support/place.js';
import { LONG, makeStarts } from './shell-work.js';
import type { Kind, World } from './world.js';

export async function makeLocalWorld(): Promise<World> {
  const place = await Place.make({ accounts: { here: { provider: 'local' } } });
  const { starts, scriptOf, environmentOf } = makeStarts(place);
  const handed = await place.write('handed-over.txt', 'from the caller');
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
        command: `grep -q caller handed-over.txt || exit 1; ${scriptOf(kind)}`,
        shell: true,
        environment: environmentOf(key),
        inputs: [{ path: 'handed-over.txt', file: handed }],
        ...(kind !== 'endless' && { artifacts: ['left*'] }),
      },
      idempotency_key: key,
    }),
    starts,
    leaks: () => left(place),
    isWhole,
  };
}

export async function makeLocalWorkerWorld(): Promise<World> {
  const place = await Place.make({ accounts: { here: { provider: 'local' } } });
  const { starts, scriptOf, environmentOf } = makeStarts(place);
  return {
    place,
    env: place.env,
    offer: { resume: true },
    request: (key, kind) => ({
      provider: 'local',
      account_profile: 'here',
      capability: 'agent-runtime',
      task_type: 'agent.run',
      target: { mode: 'runtime', protocol: 'a2a', details: { command: ['/bin/sh', '-c', scriptOf(kind)] } },
      input: { instruction: 'Work.', environment: environmentOf(key) },
      idempotency_key: key,
    }),
    starts,
    leaks: () => left(place),
    isWhole,
  };
}

function isWhole(kind: Kind, { result, output }: { result: unknown; output: string }): boolean {
  const printed = kind === 'large' ? `one\ntwo\n${LONG}\n` : 'one\ntwo\n';
  return output === printed && result === printed;
}

/** Attempts, and what was stored for tasks that never came to be. Processes are looked for when the place ends. */
async function left(place: Place): Promise<string[]> {
  const stateDir = await place.stateDir();
  const directories = ['providers/local/attempts', 'incoming'].map((name) => path.join(stateDir, name));
  const names = directories.filter((one) => existsSync(one)).map((directory) => readdir(directory));
  return (await Promise.all(names)).flat();
}
