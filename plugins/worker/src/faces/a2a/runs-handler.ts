// The operations of A2A over the worker's runs, as the SDK's transports call them. Not the SDK's own request handler: that names
// tasks by chance, holds them and their files in memory, and begins a message that is sent again a second time.
import type {
  CancelTaskRequest,
  GetTaskRequest,
  ListTasksRequest,
  ListTasksResponse,
  Message,
  SendMessageRequest,
  StreamResponse,
  SubscribeToTaskRequest,
  Task,
} from '@a2a-js/sdk';
import { AgentCard } from '@a2a-js/sdk';
import {
  PushNotificationNotSupportedError,
  RequestMalformedError,
  TaskNotCancelableError,
  UnsupportedOperationError,
} from '@a2a-js/sdk/errors';
import type { A2ARequestHandler, ServerCallContext } from '@a2a-js/sdk/server';
import type { Runs } from '../../runs/run.js';
import { Call } from './call.js';
import { agentCard } from './card.js';
import { follow, untilPause } from './follow.js';
import { foreignTask } from './foreign-task.js';
import { pageOf } from './pages.js';
import { refused } from './refused.js';
import type { RunView } from './run-view.js';
import { contextOf, Views } from './views.js';

type Stream = AsyncGenerator<StreamResponse, void, undefined>;

/** Where a message went: a run, the newest event it had before, and whether the message began it. */
interface Taken {
  readonly view: RunView;
  readonly after: number;
  readonly isNew: boolean;
}

export class RunsHandler implements A2ARequestHandler {
  private readonly views: Views;

  constructor(private readonly runs: Runs) {
    this.views = new Views(runs);
  }

  /** The SDK looks in it whether there are streams. Where the worker is, is told to whoever asks for the card. */
  async getAgentCard(): Promise<AgentCard> {
    return AgentCard.fromJSON(agentCard('/', this.runs.bootId));
  }

  async sendMessage(
    { message, configuration }: SendMessageRequest,
    context: ServerCallContext,
  ): Promise<Message | Task> {
    const call = Call.of(context);
    const { view, after } = await this.take(message, call);
    if (configuration?.returnImmediately !== true) await untilPause(view, after, call.signal);
    return call.said?.task === undefined ? await view.task(configuration?.historyLength) : view.bare();
  }

  async *sendMessageStream({ message, configuration }: SendMessageRequest, context: ServerCallContext): Stream {
    const call = Call.of(context);
    const { view, after, isNew } = await this.take(message, call);
    if (call.said?.task !== undefined || isNew) {
      yield { payload: { $case: 'task', value: view.bare() } };
      return yield* follow(view, call.said?.after ?? 0, call);
    }
    yield { payload: { $case: 'task', value: await view.task(configuration?.historyLength) } };
    // A task that is over says all by its snapshot; of another, what was new when that was taken has been told by it.
    if (!view.isOver) yield* follow(view, Math.max(after, view.lastSeq), call);
  }

  async getTask({ id, historyLength }: GetTaskRequest): Promise<Task> {
    return await this.views.get(id).task(historyLength);
  }

  async cancelTask({ id }: CancelTaskRequest): Promise<Task> {
    const view = this.views.get(id);
    if (view.isOver && view.run.state !== 'cancelled') throw new TaskNotCancelableError(`Task not cancelable: ${id}`);
    await view.run.cancel('The caller asked for it.');
    return await view.task(0);
  }

  async *resubscribe({ id }: SubscribeToTaskRequest, context: ServerCallContext): Stream {
    const call = Call.of(context);
    const view = this.views.get(id);
    const { after } = call.said ?? {};
    if (after !== undefined) {
      yield { payload: { $case: 'task', value: view.bare() } };
      return yield* follow(view, after, call);
    }
    if (view.isOver) throw new UnsupportedOperationError(`Task ${id} is over and cannot be subscribed to.`);
    yield { payload: { $case: 'task', value: await view.task() } };
    yield* follow(view, view.lastSeq, call);
  }

  async listTasks(request: ListTasksRequest): Promise<ListTasksResponse> {
    return await pageOf(this.views.list(request.contextId), request);
  }

  async getAuthenticatedExtendedAgentCard(): Promise<AgentCard> {
    throw new UnsupportedOperationError('There is no other card than the public one.');
  }

  async createTaskPushNotificationConfig(): Promise<never> {
    throw new PushNotificationNotSupportedError();
  }

  async getTaskPushNotificationConfig(): Promise<never> {
    throw new PushNotificationNotSupportedError();
  }

  async listTaskPushNotificationConfigs(): Promise<never> {
    throw new PushNotificationNotSupportedError();
  }

  async deleteTaskPushNotificationConfig(): Promise<never> {
    throw new PushNotificationNotSupportedError();
  }

  private async take(message: Message | undefined, { said }: Call): Promise<Taken> {
    if (message === undefined || message.messageId === '') {
      throw new RequestMalformedError('A message with an id of its own is required.');
    }
    return message.taskId === '' ? await this.begin(message, said) : await this.deliver(message, said);
  }

  private async begin(message: Message, said: Call['said']): Promise<Taken> {
    const contextId = message.contextId || contextOf(message.messageId);
    const task = said?.task ?? foreignTask({ ...message, contextId });
    const isNew = this.runs.get(task.invocationId) === undefined;
    const run = await this.runs.start(task).catch(refused);
    return { view: this.views.of(run, contextId), after: 0, isNew };
  }

  private async deliver(message: Message, said: Call['said']): Promise<Taken> {
    const view = this.views.get(message.taskId);
    if (message.contextId !== '' && said === undefined && message.contextId !== view.contextId) {
      throw new RequestMalformedError(`Task ${message.taskId} does not belong to context ${message.contextId}.`);
    }
    const after = view.run.lastSeq;
    const text = message.parts.map(({ content }) => (content?.$case === 'text' ? content.value : '')).join('');
    // Others do not name the question: there is only one that waits.
    const requestId = said?.requestId ?? (said === undefined ? await view.openQuestion() : undefined);
    const receipt = await view.run.send({ id: message.messageId, text, ...(requestId !== undefined && { requestId }) });
    if (receipt.state === 'delivered' || receipt.state === 'queued') return { view, after, isNew: false };
    throw new UnsupportedOperationError(receipt.reason ?? 'The agent did not take the message.');
  }
}
