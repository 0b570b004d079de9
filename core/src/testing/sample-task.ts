// Small, valid task records for tests of whatever stores or shows tasks.
import type { TaskRecord, TaskStatus } from '@agent-dispatch/schemas';
import type { Change, StoredTask } from '../store/index.js';
import { newTaskId } from '../store/index.js';

const DIGEST = '0'.repeat(64);

export type SampleOptions = Partial<
  Pick<TaskRecord, 'taskId' | 'createdAt' | 'status' | 'endedAt' | 'resources' | 'subject'>
> &
  Partial<Pick<TaskRecord['request'], 'labels' | 'group' | 'parent' | 'account'>>;

/** A record as intake makes it. `createdAt` also becomes the time in the task's id. */
export function sampleRecord(options: SampleOptions = {}): TaskRecord {
  const { createdAt = 1_700_000_000_000, account = 'dev', labels, group, parent } = options;
  return {
    schemaVersion: 1,
    taskId: options.taskId ?? newTaskId(createdAt),
    status: options.status ?? 'queued',
    request: {
      taskType: 'agent.run',
      capability: 'agent-runtime',
      account,
      target: { mode: 'runtime', protocol: 'stdio' },
      limits: {},
      retry: {},
      ...(labels && { labels }),
      ...(group !== undefined && { group }),
      ...(parent !== undefined && { parent }),
    },
    input: { inline: { instruction: 'say hello' } },
    route: {
      provider: 'sample',
      driver: 'process',
      account,
      accountDigest: DIGEST,
      manifestDigest: DIGEST,
      spokenBy: 'driver',
      resume: true,
      startIdempotent: false,
      settleSeconds: 0,
    },
    createdAt,
    updatedAt: createdAt,
    deadlineAt: createdAt + 3_600_000,
    attempt: 0,
    resources: options.resources ?? [],
    cleanup: { state: 'none', tries: 0 },
    ...(options.endedAt !== undefined && { endedAt: options.endedAt }),
    ...(options.subject !== undefined && { subject: options.subject }),
  };
}

let commits = 0;

/** The next commit of a task as its owner would make it: to this status, with this and that changed. */
export function sampleChange(task: StoredTask, status: TaskStatus, rest: Partial<Change> = {}): Change {
  const { taskId } = task.record;
  return {
    taskId,
    commitId: `commit-${++commits}`,
    expect: { rev: task.rev, fence: task.fence },
    record: { ...task.record, status },
    wakeAt: task.wakeAt,
    ...rest,
  };
}
