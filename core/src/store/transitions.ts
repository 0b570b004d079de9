// Every way in which stored tasks change, as plain data: what the journal holds, and how a state follows from it.
// Applying a transition again changes nothing, so that a checkpoint may already contain what the journal repeats.
import type { TaskEvent } from '@agent-dispatch/schemas';
import type { PostedCommand } from './task-store.js';
import type { TaskState } from './task-state.js';

/** A command is known as repeated so long as no more than so many came after it: they stand in every record of the task. */
const REMEMBERED_COMMANDS = 256;

/** A state without its events: they are only added. */
export type StateHead = Omit<TaskState, 'events' | 'eventFile'>;

export type Transition =
  /** A created or committed task: all that follows from the change, and the events it adds. */
  | { type: 'task'; head: StateHead; events: readonly TaskEvent[] }
  /** A task at rest comes back to memory: from here on the journal alone tells it again. */
  | { type: 'revive'; state: TaskState }
  | { type: 'post'; taskId: string; command: PostedCommand }
  | { type: 'claim'; owner: string; tasks: readonly { taskId: string; fence: number }[] }
  /** Tasks of an owner that is gone. */
  | { type: 'orphan'; owner: string; at: number; tasks: readonly { taskId: string; fence: number }[] }
  | { type: 'purge'; tasks: readonly string[] };

export const TRANSITION_TYPES = [
  'task',
  'revive',
  'post',
  'claim',
  'orphan',
  'purge',
] as const satisfies readonly Transition['type'][];

/** The tasks it is about. */
export function tasksOf(transition: Transition): string[] {
  switch (transition.type) {
    case 'task':
      return [transition.head.record.taskId];
    case 'revive':
      return [transition.state.record.taskId];
    case 'post':
      return [transition.taskId];
    case 'claim':
    case 'orphan':
      return transition.tasks.map(({ taskId }) => taskId);
    case 'purge':
      return [...transition.tasks];
  }
}

/** `head` on top of what is known; the same state when it is not newer. */
export function withHead(state: TaskState | undefined, head: StateHead, events: readonly TaskEvent[]): TaskState {
  if (!state) return { ...head, events };
  if (head.rev <= state.rev) return state;
  const added = events.filter(({ seq }) => seq > state.lastSeq);
  return {
    ...head,
    events: [...state.events, ...added],
    ...(state.eventFile && { eventFile: state.eventFile }),
  };
}

export function withCommand(state: TaskState, command: PostedCommand): TaskState {
  if (command.inbox <= state.inbox) return state;
  return {
    ...state,
    inbox: command.inbox,
    commands: [...state.commands, command],
    commandIds: { ...rememberedIds(state, command.inbox), [command.commandId]: command.inbox },
  };
}

/** Of commands that were read, the latest ones. */
function rememberedIds({ commandIds, consumed }: TaskState, inbox: number): TaskState['commandIds'] {
  const ids = Object.entries(commandIds);
  if (ids.length < REMEMBERED_COMMANDS) return commandIds;
  return Object.fromEntries(ids.filter(([, number]) => number > consumed || number > inbox - REMEMBERED_COMMANDS));
}

export function withOwner(state: TaskState, owner: string, fence: number): TaskState {
  if (fence <= state.fence) return state;
  return { ...state, owner, fence, orphanedAt: undefined };
}

/** Without the owner, if it is still this one. */
export function orphaned(state: TaskState, owner: string, at: number): TaskState {
  return state.owner === owner ? { ...state, owner: undefined, orphanedAt: at } : state;
}
