// The tasks that this face knows, a page at a time.
import type { ListTasksRequest, ListTasksResponse } from '@a2a-js/sdk';
import { TaskState } from '@a2a-js/sdk';
import { RequestMalformedError } from '@a2a-js/sdk/errors';
import { stateOf } from './model.js';
import type { RunView } from './run-view.js';

const USUAL = 50;
const MOST = 100;

/** A page token is how many tasks stand before the page. */
export async function pageOf(views: readonly RunView[], request: ListTasksRequest): Promise<ListTasksResponse> {
  const { status, pageSize = USUAL, pageToken, historyLength, includeArtifacts } = request;
  const from = Number(pageToken || 0);
  if (!Number.isInteger(pageSize) || pageSize < 1 || pageSize > MOST || !Number.isSafeInteger(from) || from < 0) {
    throw new RequestMalformedError(`pageSize must be from 1 to ${MOST}, and pageToken one that was given.`);
  }
  const all = views.filter(({ run }) => status === TaskState.TASK_STATE_UNSPECIFIED || stateOf[run.state] === status);
  const tasks: ListTasksResponse['tasks'] = [];
  for (const view of all.slice(from, from + pageSize)) {
    const task = await view.task(historyLength);
    tasks.push(includeArtifacts === true ? task : { ...task, artifacts: [] });
  }
  const nextPageToken = from + pageSize < all.length ? String(from + pageSize) : '';
  return { tasks, nextPageToken, pageSize, totalSize: all.length };
}
