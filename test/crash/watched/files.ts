// The file layer of a watched dispatcher: every effect on the state directory passes its crash points.
import type { FileLayer, OpenFile } from '@agent-dispatch/core/host';
import type { Diary } from './diary.js';
import { Facts, placeOf, type Fact } from './naming.js';

export function watchedFiles(files: FileLayer, stateDir: string, diary: Diary): FileLayer {
  const facts = new Facts();
  const check = new EpochCheck(diary);
  const around = <Value>(effect: string, file: string, act: () => Promise<Value>): Promise<Value> => {
    const { name, taskId } = placeOf(stateDir, file);
    return diary.around(`${name}.${effect}`, taskId, act);
  };
  return {
    async open(file, mode) {
      const place = placeOf(stateDir, file);
      if (mode === 'read') return await files.open(file, mode);
      const opened =
        mode === 'create' ? await around('create', file, () => files.open(file, mode)) : await files.open(file, mode);
      if (place.name !== 'journal.segment') return watchedFile(opened, diary, place.name, place.taskId);
      return mode === 'create'
        ? watchedJournal(opened, diary, facts, check)
        : watchedFile(opened, diary, 'journal.settle');
    },
    exists(file) {
      const { name } = placeOf(stateDir, file);
      return name === 'epoch' ? check.around(() => files.exists(file)) : files.exists(file);
    },
    fileSize: (file) => files.fileSize(file),
    list: (directory) => files.list(directory),
    makeDirectory: (directory) => around('make', directory, () => files.makeDirectory(directory)),
    rename: (from, to) => around('rename', to, () => files.rename(from, to)),
    link: (from, to) => around('link', to, () => files.link(from, to)),
    remove: (file) => around('remove', file, () => files.remove(file)),
    syncDirectory: (directory) => around('sync', directory, () => files.syncDirectory(directory)),
  };
}

function watchedFile(file: OpenFile, diary: Diary, place: string, taskId?: string): OpenFile {
  return {
    read: (position, length) => file.read(position, length),
    size: () => file.size(),
    close: () => file.close(),
    write: (position, bytes) => diary.around(`${place}.write`, taskId, () => file.write(position, bytes)),
    datasync: () => diary.around(`${place}.sync`, taskId, () => file.datasync()),
    truncate: (size) => diary.around(`${place}.cut`, taskId, () => file.truncate(size)),
  };
}

/** Its points are named after what the lines state. */
function watchedJournal(file: OpenFile, diary: Diary, facts: Facts, check: EpochCheck): OpenFile {
  let written: Fact[] = [];
  const around = async (effect: string, act: () => Promise<void>): Promise<void> => {
    for (const { name, taskId } of written) await diary.reach(`journal.${name}.${effect}.before`, taskId);
    await act();
    for (const { name, taskId } of written) await diary.reach(`journal.${name}.${effect}.after`, taskId);
  };
  return {
    ...watchedFile(file, diary, 'journal.segment'),
    async write(position, bytes) {
      written = facts.of(bytes);
      await around('write', () => file.write(position, bytes));
    },
    async datasync() {
      await around('sync', () => file.datasync());
      check.due(written.filter(({ name }) => name !== 'segment'));
    },
  };
}

/** The look whether the epoch is still ours: several files are asked at once, and it belongs to the sync before it. */
class EpochCheck {
  #due: readonly Fact[] = [];
  #running: readonly Fact[] = [];
  #asked = 0;

  constructor(private readonly diary: Diary) {}

  due(facts: readonly Fact[]): void {
    this.#due = facts;
  }

  async around(ask: () => Promise<boolean>): Promise<boolean> {
    if (this.#asked === 0) {
      this.#running = this.#due;
      this.#due = [];
      this.#pass('before');
    }
    this.#asked += 1;
    const answer = await ask();
    this.#asked -= 1;
    if (this.#asked === 0) this.#pass('after');
    return answer;
  }

  #pass(side: 'before' | 'after'): void {
    if (this.#running.length === 0) this.diary.pass(`epoch.check.${side}`);
    for (const { name, taskId } of this.#running) this.diary.pass(`journal.${name}.check.${side}`, taskId);
  }
}
