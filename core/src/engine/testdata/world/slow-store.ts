// The way to a store and back takes time in both directions: a crash before a request arrives loses it, a crash before
// the answer arrives loses the answer of what was stored. Hints come late. Everything else is the real store's matter.
import { DispatchError } from '../../../errors/index.js';
import type { Change, StoredTask, TaskStore } from '../../../store/index.js';
import type { CommitResult } from '../../../store/task-store.js';
import type { Timeline } from './timeline.js';

export interface StoreEars {
  /** A change is on its way. */
  requested(change: Change): void;
  /** A change was made durable; its answer has not arrived yet. */
  committed(change: Change, task: StoredTask): void;
  /** The answer arrived. */
  acknowledged(change: Change): void;
  /** A command was made durable. */
  posted(taskId: string, inbox: number): void;
}

type Options = { host: string; timeline: Timeline; ears: StoreEars };

export function slowStore(
  store: TaskStore,
  { host, timeline, ears }: Options,
): { store: TaskStore; failNext: () => void } {
  let failing = false;

  const request = async <Answer>(label: string, ask: () => Promise<Answer>): Promise<Answer> => {
    await timeline.turn(host, `${label} arrives`);
    if (failing) throw new DispatchError('AD_STORE_UNAVAILABLE', 'the disk is full', { details: { ambiguous: false } });
    try {
      return await ask();
    } finally {
      await timeline.turn(host, `${label} is answered`);
    }
  };
  const question = async <Answer>(label: string, ask: () => Promise<Answer>): Promise<Answer> => {
    await timeline.turn(host, `${label} is asked`);
    try {
      return await ask();
    } finally {
      await timeline.alive(host);
    }
  };
  const commit = (changes: readonly Change[]): Promise<CommitResult[]> => {
    for (const change of changes) ears.requested(change);
    return request(`commit of ${changes.map(({ record }) => record.status).join()}`, async () => {
      const results = await store.commit(changes);
      results.forEach((result, index) => {
        const change = changes[index];
        if (change && result.status === 'ok') ears.committed(change, result.task);
      });
      return results;
    }).then((results) => {
      results.forEach((result, index) => {
        const change = changes[index];
        if (change && result.status === 'ok') ears.acknowledged(change);
      });
      return results;
    });
  };

  return {
    failNext: () => (failing = true),
    store: {
      open: () => request('open', () => store.open()),
      get session() {
        return store.session;
      },
      get installationId() {
        return store.installationId;
      },
      now: () => store.now(),
      create: (record, options) => request('create', () => store.create(record, options)),
      commit,
      post: (taskId, command) =>
        request('post', async () => {
          const answer = await store.post(taskId, command);
          ears.posted(taskId, answer.inbox);
          return answer;
        }),
      claim: (limit) => request('claim', () => store.claim(limit)),
      takeover: (incarnation) => request('takeover', () => store.takeover(incarnation)),
      mine: () => store.mine(),
      nextDue: () => store.nextDue(),
      get: (taskId) => question('get', () => store.get(taskId)),
      list: (query) => question('list', () => store.list(query)),
      readEvents: (taskId, afterSeq, limit) => question('events', () => store.readEvents(taskId, afterSeq, limit)),
      watch: (taskId, listener) =>
        store.watch(taskId, (changed) => void timeline.turn(host, 'hint').then(() => listener(changed))),
      appendLog: (taskId, fence, offset, bytes) =>
        request('log line', () => store.appendLog(taskId, fence, offset, bytes)),
      readLog: (taskId, offset, maxBytes) => question('log', () => store.readLog(taskId, offset, maxBytes)),
      putBlob: (taskId, name, content) => request('blob', () => store.putBlob(taskId, name, content)),
      getBlob: (taskId, name, offset, maxBytes) =>
        question('blob', () => store.getBlob(taskId, name, offset, maxBytes)),
      borrowBlob: (taskId, name) => question('blob', () => store.borrowBlob(taskId, name)),
      handles: (account) => store.handles(account),
      purge: (before) => store.purge(before),
      close: () => request('close', () => store.close()),
    },
  };
}
