// A state directory for one test, and stores opened on it.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileLayer } from '../file-layer.js';
import type { StorePlace } from '../../testing/store-place.js';
import { CHANGES, diskError, watchedFiles } from './watched-files.js';
import { LocalStore, type LocalStoreOptions } from '../local-store.js';

export interface LocalPlace extends StorePlace {
  readonly stateDir: string;
  open(options?: Partial<LocalStoreOptions>): Promise<LocalStore>;
}

export async function createLocalPlace(defaults: Partial<LocalStoreOptions> = {}): Promise<LocalPlace> {
  const stateDir = join(await mkdtemp(join(tmpdir(), 'local-store-')), 'state');
  let now = 1_800_000_000_000;
  const opened: LocalStore[] = [];
  const open = async (options: Partial<LocalStoreOptions> = {}): Promise<LocalStore> => {
    const store = new LocalStore({ stateDir, clock: { now: () => now }, ...defaults, ...options });
    opened.push(store);
    await store.open();
    return store;
  };
  return {
    stateDir,
    open,
    mortal: (write) => {
      const { files, died } = dyingFiles(write, defaults.files);
      return {
        died,
        open: async () => {
          try {
            return await open({ files });
          } finally {
            // To others its process has ended, whether it got so far as to say that it was there or not.
            await markOwnerDead(stateDir);
          }
        },
      };
    },
    kill: () => markOwnerDead(stateDir),
    advance: (ms) => void (now += ms),
    dispose: async () => {
      // A store whose disk was made to fail cannot be closed in order.
      await Promise.allSettled(opened.map((store) => store.close()));
      await rm(join(stateDir, '..'), { recursive: true });
    },
  };
}

/** Files that fail from the given change on: that one by half, where it can be halved. */
function dyingFiles(last: number, disk?: FileLayer): { files: FileLayer; died: () => boolean } {
  let changes = 0;
  const files = watchedFiles((operation) => {
    if (!CHANGES.has(operation) || ++changes < last) return undefined;
    if (changes === last && operation === 'write') return 'half';
    throw diskError('EIO');
  }, disk);
  return { files, died: () => changes >= last };
}

/** To others, the owner now looks like a process that ended: its pid was given to a later one. */
export async function markOwnerDead(stateDir: string): Promise<void> {
  const names = await readdir(stateDir).catch(() => []);
  const epochs = names.filter((name) => /^epoch\.\d+$/.test(name));
  const [latest] = epochs.sort((a, b) => Number(b.slice(6)) - Number(a.slice(6)));
  if (latest === undefined) return;
  const owner = JSON.parse(await readFile(join(stateDir, latest), 'utf8')) as object;
  await writeFile(join(stateDir, latest), JSON.stringify({ ...owner, startTime: '1' }));
}
