// The disk below the benchmarks, and what its own fdatasync costs: the limit of everything that is durable.
import {
  closeSync,
  fdatasyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  statfsSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { round, spread, timed } from './figures.mjs';

/** On the disk of the repository: temporary directories may be in memory. */
export const cache = fileURLToPath(new URL('../../../.cache', import.meta.url));
mkdirSync(cache, { recursive: true });

const FILE_SYSTEMS = { 0xef53: 'ext4', 0x58465342: 'xfs', 0x9123683e: 'btrfs', 0x794c7630: 'overlay' };
const IN_MEMORY = { 0x01021994: 'tmpfs', 0x858458f6: 'ramfs' };

/** File system and mount options; `fsync` says what the figures stand on. @throws when it is in memory. */
export function medium(directory = cache) {
  const { type } = statfsSync(directory);
  if (IN_MEMORY[type]) throw new Error(`${directory} is in memory (${IN_MEMORY[type]}): nothing there is durable`);
  return { fileSystem: FILE_SYSTEMS[type] ?? `0x${type.toString(16)}`, mount: mountOptions(directory), fsync: 'on' };
}

function mountOptions(directory) {
  if (process.platform !== 'linux') return undefined;
  const mounts = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, point]) => point !== undefined && `${directory}/`.startsWith(point === '/' ? '/' : `${point}/`));
  return mounts.sort(([, a], [, b]) => b.length - a.length)[0]?.[3];
}

/** Appends `bytes` and calls fdatasync, `count` times, in the way the journal does. Milliseconds of each. */
export async function plainSyncs(count, bytes) {
  const file = path.join(cache, `bench-syncs-${process.pid}`);
  const handle = await open(file, 'wx');
  const record = Buffer.alloc(bytes, 'x');
  const samples = [];
  try {
    for (let index = 0; index < count; index += 1) {
      samples.push(
        await timed(async () => {
          await handle.write(record, 0, bytes, index * bytes);
          await handle.datasync();
        }),
      );
    }
  } finally {
    await handle.close();
    unlinkSync(file);
  }
  return samples;
}

/** As `plainSyncs`, told beside a figure. */
export const syncFigures = (samples) => ({
  ...spread(samples),
  perSecond: round((1000 * samples.length) / samples.reduce((sum, ms) => sum + ms, 0)),
});

/** Everything written so far is on the disk: what one benchmark leaves behind must not slow the next. */
export function settleDisk() {
  const file = path.join(cache, `bench-settle-${process.pid}`);
  const handle = openSync(file, 'wx');
  writeSync(handle, 'x');
  fdatasyncSync(handle);
  closeSync(handle);
  unlinkSync(file);
}
