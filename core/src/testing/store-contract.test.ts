// The store contract on stores that break one promise each: every one of them must be caught.
import { describe, expect, it } from '@jest/globals';
import type { FileLayer, OpenFile } from '../store/file-layer.js';
import { MemoryStore, type MemoryStoreOptions } from '../store/memory-store.js';
import { nodeFiles } from '../store/node-files.js';
import { createLocalPlace } from '../store/testdata/local-place.js';
import { createMemoryPlace } from '../store/testdata/memory-place.js';
import { runStoreContract, type StoreContractOptions } from './store-contract.js';

type Place = Omit<StoreContractOptions, 'test'>;

/** Runs every case; the titles of those that fail. */
async function failures(place: Place): Promise<string[]> {
  const cases: { title: string; run: () => Promise<void> }[] = [];
  runStoreContract({ ...place, test: (title, run) => void cases.push({ title, run }) });
  expect(new Set(cases.map(({ title }) => title)).size).toBe(cases.length);
  const failed: string[] = [];
  for (const { title, run } of cases) await run().catch(() => failed.push(title));
  return failed;
}

const memory = (makeStore?: (options: MemoryStoreOptions) => MemoryStore): Place => ({
  abilities: { concurrentSessions: true, suspect: true, crash: false },
  createPlace: async () => createMemoryPlace(makeStore),
});

let unique = 0;

const MUTANTS: Record<string, { store: new (options: MemoryStoreOptions) => MemoryStore; caught: RegExp }> = {
  'forgets the fence of a commit': {
    caught: /^a commit with another fence/,
    store: class extends MemoryStore {
      override commit: MemoryStore['commit'] = async (changes) => {
        const fences = await Promise.all(changes.map(async ({ taskId }) => (await this.get(taskId))?.fence ?? 0));
        return super.commit(
          changes.map((change, index) => ({ ...change, expect: { ...change.expect, fence: fences[index] ?? 0 } })),
        );
      };
    },
  },
  'forgets the fence of the log': {
    caught: /^only the owner writes the log/,
    store: class extends MemoryStore {
      override appendLog: MemoryStore['appendLog'] = async (taskId, _fence, offset, bytes) =>
        super.appendLog(taskId, (await this.get(taskId))?.fence ?? 0, offset, bytes);
    },
  },
  'forgets what was committed last': {
    caught: /^repeating the last commit/,
    store: class extends MemoryStore {
      override commit: MemoryStore['commit'] = (changes) =>
        super.commit(changes.map((change) => ({ ...change, commitId: `other-${unique++}` })));
    },
  },
  'ends a task over a cancel that was not seen': {
    caught: /^a cancel before the terminal commit/,
    store: class extends MemoryStore {
      override commit: MemoryStore['commit'] = (changes) =>
        super.commit(changes.map((change) => ({ ...change, expect: { ...change.expect, inbox: undefined } })));
    },
  },
  'applies a change to any revision': {
    caught: /^a commit on an older revision/,
    store: class extends MemoryStore {
      override commit: MemoryStore['commit'] = async (changes) => {
        const revs = await Promise.all(changes.map(async ({ taskId }) => (await this.get(taskId))?.rev ?? 0));
        return super.commit(
          changes.map((change, index) => ({ ...change, expect: { ...change.expect, rev: revs[index] ?? 0 } })),
        );
      };
    },
  },
  'stores a command twice': {
    caught: /^commands are numbered in order/,
    store: class extends MemoryStore {
      override post: MemoryStore['post'] = (taskId, command) =>
        super.post(taskId, { ...command, commandId: `${command.commandId}-${unique++}` });
    },
  },
  'makes a task for every call with one key': {
    caught: /^of two sessions that create with one key/,
    store: class extends MemoryStore {
      override create: MemoryStore['create'] = (record, { idempotency: _forgotten, ...options }) =>
        super.create(record, options);
    },
  },
  'gives a task to claimers again and again': {
    caught: /^two sessions never claim the same task/,
    store: class extends MemoryStore {
      override claim: MemoryStore['claim'] = async (limit) => {
        await super.claim(limit);
        return this.mine().slice(0, limit);
      };
    },
  },
  'loses an event': {
    caught: /^events are numbered without gaps/,
    store: class extends MemoryStore {
      override readEvents: MemoryStore['readEvents'] = async (...args) =>
        (await super.readEvents(...args)).filter(({ seq }) => seq !== 5);
    },
  },
  'claims while its session is suspect': {
    caught: /^a suspect session reads/,
    store: class extends MemoryStore {
      override claim: MemoryStore['claim'] = async (limit) => {
        const { state } = this.session;
        this.confirm();
        const claimed = await super.claim(limit);
        if (state === 'suspect') this.doubt();
        return claimed;
      };
    },
  },
  'serves reads after its session is lost': {
    caught: /^a closed store refuses every method/,
    store: class extends MemoryStore {
      override list: MemoryStore['list'] = async (query) =>
        this.session.state === 'lost' ? { items: [] } : super.list(query);
    },
  },
  'leaves tasks to an owner declared dead': {
    caught: /^tasks of an owner that died are taken over/,
    store: class extends MemoryStore {
      override takeover: MemoryStore['takeover'] = async () => 0;
    },
  },
  'purges what ended lately': {
    caught: /^purge removes what ended before/,
    store: class extends MemoryStore {
      override purge: MemoryStore['purge'] = (before) => super.purge(before + 1_000_000);
    },
  },
  'purges what still counts': {
    caught: /^purge leaves a task while something that it reserved/,
    store: class extends MemoryStore {
      ahead = 0;
      override now = (): number => super.now() + this.ahead;
      override purge: MemoryStore['purge'] = async (...args) => {
        this.ahead = 1_000_000;
        return await super.purge(...args).finally(() => (this.ahead = 0));
      };
    },
  },
};

describe('the store contract', () => {
  it('finds nothing wrong with a store that keeps its promises', async () => {
    expect(await failures(memory())).toEqual([]);
  });

  it.each(Object.entries(MUTANTS))('catches a store that %s', async (_name, { store: Store, caught }) => {
    expect(await failures(memory((options) => new Store(options)))).toContainEqual(expect.stringMatching(caught));
  });

  it('catches a store that acknowledges what it has not written yet', async () => {
    const place: Place = {
      abilities: { concurrentSessions: false, suspect: false, crash: true },
      createPlace: () => createLocalPlace({ files: lateFiles() }),
    };
    expect(await failures(place)).toContainEqual(expect.stringMatching(/^a crash at write/));
  }, 60_000);

  it('refuses a place that cannot do what it says, or can do more', async () => {
    const claims = { ...memory(), abilities: { concurrentSessions: true, suspect: false, crash: true } };
    expect(await failures(claims)).toContain('the place is as its abilities say');
    const one = createMemoryPlace();
    const shared = { ...memory(), createPlace: async () => one };
    expect(await failures(shared)).toContainEqual(expect.stringMatching(/^places are empty, apart from each other/));
  });
});

/** The disk, with a journal that keeps the latest bytes to itself until the next come. */
function lateFiles(): FileLayer {
  return {
    ...nodeFiles,
    open: async (path, mode) => {
      const file = await nodeFiles.open(path, mode);
      return path.includes('/journal/') ? lateFile(file) : file;
    },
  };
}

function lateFile(file: OpenFile): OpenFile {
  let late = async (): Promise<void> => undefined;
  const write = async (): Promise<void> => {
    await late();
    late = async () => undefined;
  };
  return {
    read: (position, length) => file.read(position, length),
    write: async (position, bytes) => {
      await write();
      late = () => file.write(position, bytes);
    },
    datasync: () => file.datasync(),
    truncate: (size) => file.truncate(size),
    size: () => file.size(),
    close: async () => {
      await write();
      await file.close();
    },
  };
}
