// An AG-UI agent on loopback that gives its answers in turn, one to each request.
import type { ServerResponse } from 'node:http';
import type { RunAgentInput } from '@ag-ui/core';
import { answering, type LoopbackAgent, startLoopbackAgent } from '../../http/testdata/loopback-agent.js';
import { finished, sse, started } from './events.js';

export interface Names {
  readonly threadId: string;
  readonly runId: string;
}
/** @param names of the run that is asked for. */
export type Answer = (response: ServerResponse, names: Names) => void | Promise<void>;

export interface AgUiAgent extends LoopbackAgent {
  /** What the requests asked for. */
  readonly inputs: readonly RunAgentInput[];
}

export async function startAgent(...answers: Answer[]): Promise<AgUiAgent> {
  const inputs: RunAgentInput[] = [];
  const agent = await startLoopbackAgent((response) => {
    const input = JSON.parse(agent.received[inputs.length]?.body ?? '') as RunAgentInput;
    inputs.push(input);
    return answers[inputs.length - 1]?.(response, input);
  });
  return { ...agent, inputs };
}

/** Each event in a piece of its own. */
export const telling =
  (...events: unknown[]): Answer =>
  (response) =>
    answering('text/event-stream', ...events.map((event) => sse(event)))(response);

/** A run that begins, tells the events and ends. */
export const wholeRun =
  (...events: unknown[]): Answer =>
  (response, names) =>
    telling(started(names), ...events, finished({}, names))(response, names);

/** A run that waits for something. */
export const asking =
  (...interrupts: object[]): Answer =>
  (response, names) =>
    telling(started(names), finished({ outcome: { type: 'interrupt', interrupts } }, names))(response, names);
