// Task views as text. Imports nothing heavy: the quick answer to `status` uses it too.
import type { TaskView } from '@agent-dispatch/schemas';
import { duration } from './duration.js';
import { renderFailure } from './failure.js';
import { table } from './table.js';
import { oneLine } from './terminal-text.js';

/** One task in full. */
export function renderTask(task: TaskView): string {
  const { status, phase, progress, target_mode: mode, protocol, group, labels } = task;
  const facts: [string, string | undefined][] = [
    ['task', task.task_id],
    ['status', phase === undefined || phase === status ? status : `${status} (${phase})`],
    ['progress', renderProgress(progress)],
    ['runtime', task.runtime],
    ['target', `${task.provider}/${task.driver}, ${mode} over ${protocol}, account ${task.account_profile}`],
    ['attempt', task.attempt > 1 ? String(task.attempt) : undefined],
    ['created', task.created_at],
    [task.terminal ? 'took' : 'running for', duration(task.elapsed_ms)],
    ['group', group],
    [
      'labels',
      labels &&
        Object.entries(labels)
          .map(([name, value]) => `${name}=${value}`)
          .join(' '),
    ],
    ['exit code', task.exit_code?.toString()],
    ['cancel', task.cancel_level],
    ['cleanup', task.cleanup === 'none' ? undefined : task.cleanup],
  ];
  const shown = facts.filter((fact): fact is [string, string] => fact[1] !== undefined && fact[1] !== '');
  const lines = shown.map(([name, value]) => `${`${name}:`.padEnd(13)}${oneLine(value)}`);
  return [...lines, ...questionsOf(task), ...(task.error ? [renderFailure(task.error)] : [])].join('\n');
}

/** Many tasks, one line each. */
export const renderTasks = (tasks: readonly TaskView[]): string =>
  table(
    ['TASK', 'STATUS', 'RUNTIME', 'CREATED', 'TIME', 'GROUP'],
    tasks.map((task) => [
      task.task_id,
      task.status,
      task.runtime ?? `${task.provider}/${task.driver}`,
      task.created_at,
      duration(task.elapsed_ms),
      task.group,
    ]),
  );

/** How a task ended, in one line and with its error. */
export function renderEnd(task: TaskView): string {
  const code = task.exit_code === undefined ? '' : `, exit code ${task.exit_code}`;
  const line = `${task.task_id} ${task.status} after ${duration(task.elapsed_ms)}${code}`;
  return task.error === undefined ? line : `${line}\n${renderFailure(task.error)}`;
}

/** What the running work asks, and the command that answers. */
export const questionsOf = ({ task_id: taskId, input_requests: requests = [] }: TaskView): string[] =>
  requests.flatMap(({ request_id: requestId, question }) => [
    `asks: ${oneLine(question)}`,
    `  answer with: agentdispatch send ${taskId} <answer> --request-id ${oneLine(requestId)}`,
  ]);

function renderProgress(progress: TaskView['progress']): string | undefined {
  if (progress === undefined) return undefined;
  const percent = progress.fraction === undefined ? undefined : `${Math.round(progress.fraction * 100)}%`;
  return [percent, progress.message].filter((part) => part !== undefined).join(' ');
}
