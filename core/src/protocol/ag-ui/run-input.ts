// The request that asks for a run: one POST of a RunAgentInput.
import type { Context, Message, ResumeEntry, RunAgentInput } from '@ag-ui/core';
import type { ChannelRequest, DriverContext } from '../../provider/index.js';
import { type AgUiConversation, idOf } from './conversation.js';

/** Where AG-UI agents listen by convention, relative to the channel's base. */
export const RUN_PATH = '/invocations';

/** The version of AG-UI that is spoken. */
export const PROTOCOL_VERSION = '1.0';

/** What a run that goes on begins with. */
export interface GoingOn {
  readonly state: unknown;
  /** The conversation so far, beginning with the task. */
  readonly messages: Message[];
  readonly resume: ResumeEntry[];
}

export const runIdOf = (context: DriverContext, { run }: AgUiConversation): string => idOf(context, 'run', run);

/** The task, as what its user says. */
export const taskMessage = (context: DriverContext): Message => ({
  id: idOf(context, 'message'),
  role: 'user',
  content: context.request.input.instruction ?? '',
});

/** The task as a run. What was said in the tasks before it is known to the agent alone, by the thread. */
export function runInput(context: DriverContext, conversation: AgUiConversation, goingOn?: GoingOn): RunAgentInput {
  return {
    threadId: conversation.threadId,
    runId: runIdOf(context, conversation),
    protocolVersion: PROTOCOL_VERSION,
    state: goingOn?.state ?? {},
    messages: goingOn?.messages ?? [taskMessage(context)],
    tools: [],
    context: contextOf(context),
    forwardedProps: {},
    ...(goingOn && { resume: goingOn.resume }),
  };
}

export const runRequest = (input: RunAgentInput, signal: AbortSignal): ChannelRequest => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'text/event-stream' },
  body: JSON.stringify(input),
  signal,
});

function contextOf({ request }: DriverContext): Context[] {
  return Object.entries(request.input.context ?? {}).map(([description, value]) => ({
    description,
    value: typeof value === 'string' ? value : JSON.stringify(value),
  }));
}
