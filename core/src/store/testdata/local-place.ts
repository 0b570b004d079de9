// A state directory for one test, and stores opened on it.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorePlace } from '../../testing/store-place.js';
import { LocalStore, type LocalStoreOptions } from '../local-store.js';

export interface LocalPlace extends StorePlace {
  readonly stateDir: string;
  open(options?: Partial<LocalStoreOptions>): Promise<LocalStore>;
}

export async function createLocalPlace(defaults: Partial<LocalStoreOptions> = {}): Promise<LocalPlace> {
  const stateDir = join(await mkdtemp(join(tmpdir(), 'local-store-')), 'state');
  let now = 1_800_000_000_000;
  const opened: LocalStore[] = [];
  return {
    stateDir,
    open: async (options = {}) => {
      const store = new LocalStore({ stateDir, clock: { now: () => now }, ...defaults, ...options });
      await store.open();
      opened.push(store);
      return store;
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

/** To others, the owner now looks like a process that ended: its pid was given to a later one. */
export async function markOwnerDead(stateDir: string): Promise<void> {
  const epochs = (await readdir(stateDir)).filter((name) => /^epoch\.\d+$/.test(name));
  const [latest = ''] = epochs.sort((a, b) => Number(b.slice(6)) - Number(a.slice(6)));
  const owner = JSON.parse(await readFile(join(stateDir, latest), 'utf8')) as object;
  await writeFile(join(stateDir, latest), JSON.stringify({ ...owner, startTime: '1' }));
}
