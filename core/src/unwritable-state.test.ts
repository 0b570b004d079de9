// A state directory that cannot be written: read-only, another's, or on a disk that is full. The disks are real; where
// this user may not mount one, those tests are skipped, and the ones after them are left.
import { spawnSync } from 'node:child_process';
import { chmod, chown, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DispatcherPlace, TIMEOUT_MS } from './dispatcher/testdata/place.js';

let place: DispatcherPlace;
beforeEach(async () => {
  place = await DispatcherPlace.make();
});
afterEach(() => place.end(), TIMEOUT_MS);

const mounts = ['unshare', '--mount', '--map-root-user'];
const mayMount = spawnSync('unshare', [...mounts.slice(1), 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0;
const whereMounts = mayMount ? it : it.skip;

/** Runs the shell's commands in a mount namespace of its own, then the program that follows. */
const after = (commands: string, ...values: string[]): string[] => [
  ...mounts,
  ...['sh', '-c', `${commands} && shift ${values.length} && exec "$@"`, 'sh', ...values],
];
const readOnly = (directory: string): string[] =>
  after('mount --bind "$1" "$1" && mount -o remount,bind,ro "$1"', directory);
const full = (directory: string): string[] =>
  after(
    'mount -t tmpfs -o size=64k,mode=700 none "$1" && { dd if=/dev/zero of="$1/filler" bs=4k 2>/dev/null || true; }',
    directory,
  );

const otherUser = process.getuid?.() === 0 ? 65_534 : undefined;

describe('a front door is told which directory it is and what to do, and nothing is started', () => {
  whereMounts(
    'when the state directory cannot be made on a disk that is read-only',
    async () => {
      const { error } = await place.frontDoor({ through: readOnly(place.root) }).said;
      expect(error).toMatchObject({
        code: 'AD_STORE_UNAVAILABLE',
        message: expect.stringMatching(/\.agentdispatch.*EROFS/),
      });
      expect(error?.hint).toMatch(/name another as stateDir/);
    },
    TIMEOUT_MS,
  );

  whereMounts.each<[string, (directory: string) => string[], string, RegExp]>([
    ['is read-only', readOnly, 'EROFS', /name another as stateDir/],
    ['is on a disk that is full', full, 'ENOSPC', /Free space/],
  ])(
    'when the state directory %s',
    async (_what, through, reason, hint) => {
      await mkdir(place.stateDir, { mode: 0o700 });
      await writeFile(path.join(place.stateDir, 'left'), '', { mode: 0o600 });
      const { error } = await place.frontDoor({ through: through(place.stateDir) }).said;
      expect(error).toMatchObject({ code: 'AD_STORE_UNAVAILABLE', hint: expect.stringMatching(hint) });
      expect(error?.message).toContain(place.stateDir);
      expect(error?.message).toContain(reason);
      expect(await place.names(/./)).toEqual(['left']);
    },
    TIMEOUT_MS,
  );

  it(
    'when this user may not write the state directory',
    async () => {
      await mkdir(place.stateDir, { mode: 0o700 });
      if (otherUser !== undefined)
        for (const one of [place.root, place.stateDir]) await chown(one, otherUser, otherUser);
      await chmod(place.stateDir, 0o500);
      const { error } = await place.frontDoor({ uid: otherUser }).said;
      expect(error).toMatchObject({
        code: 'AD_STORE_UNAVAILABLE',
        message: expect.stringMatching(/\.agentdispatch.*EACCES/),
      });
      expect(error?.hint).toMatch(/name another as stateDir/);
      expect(await place.names(/./)).toEqual([]);
      await chmod(place.stateDir, 0o700);
      if (otherUser !== undefined) for (const one of [place.root, place.stateDir]) await chown(one, 0, 0);
    },
    TIMEOUT_MS,
  );

  it(
    'when the state directory would be below a file',
    async () => {
      const stateDir = path.join(place.options.configPath as string, 'state');
      await place.configure({ stateDir });
      const { error } = await place.frontDoor().said;
      expect(error).toMatchObject({ code: 'AD_STORE_UNAVAILABLE', message: expect.stringContaining(stateDir) });
    },
    TIMEOUT_MS,
  );
});

describe('a disk that fills up under a dispatcher', () => {
  whereMounts(
    'loses no task that was acknowledged, and takes more once there is space',
    async () => {
      await place.configure({ limits: { maxConcurrent: 1 } });
      await mkdir(place.stateDir, { mode: 0o700 });
      const reserve = path.join(place.stateDir, 'reserve');
      const disk = after(
        'mount -t tmpfs -o size=1m,mode=700 none "$1" && dd if=/dev/zero of="$1/reserve" bs=4k count=100 2>/dev/null',
        place.stateDir,
      );
      const { configPath, bundledPlugins, env } = place.options;
      const program = fileURLToPath(new URL('dispatcher/testdata/filling-front-door.mjs', import.meta.url));
      const [command, ...args] = [...disk, process.execPath, program];
      const { stdout, stderr } = spawnSync(
        command,
        [...args, JSON.stringify({ configPath, bundledPlugins }), reserve],
        {
          cwd: place.root,
          env,
          encoding: 'utf8',
        },
      );
      expect(stderr).toBe('');
      const { acknowledged, found, error } = JSON.parse(stdout) as Record<string, unknown> & { acknowledged: string[] };
      expect(error).toMatchObject({ code: 'AD_STORE_UNAVAILABLE', message: expect.stringContaining('ENOSPC') });
      expect(acknowledged.length).toBeGreaterThan(0);
      expect(found).toEqual(acknowledged);
    },
    TIMEOUT_MS,
  );
});

it(
  'a log that cannot be written keeps no task from its end',
  async () => {
    await mkdir(path.join(place.stateDir, 'dispatcher.log'), { recursive: true, mode: 0o700 });
    const controlPlane = await place.connect();
    const taskId = await place.spawnWaiting(controlPlane);
    expect(await place.finish(controlPlane, taskId)).toMatchObject({ status: 'succeeded' });
  },
  TIMEOUT_MS,
);
