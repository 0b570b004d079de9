// Ready-made agents for tests: answers at once, events under the test's control or on a beat, failure, silence.
import { deferred } from '../deferred.js';
import { type Agent, type AgentRequest, json, sse } from './agent.js';

/** Answers each invocation with the JSON of what `answer` returns. */
export function jsonAgent(answer: (request: AgentRequest) => unknown): Agent {
  return { invoke: (request) => json(answer(request)) };
}

export interface GatedScript {
  readonly agent: Agent;
  /** Lets the next event go. May run ahead of the agent. All invocations of the script share the gate. */
  release(): void;
  releaseAll(): void;
}

/** Streams `events`, each held back until the test releases it. */
export function gatedScript(events: readonly unknown[]): GatedScript {
  let released = 0;
  let opened = deferred();
  const open = (count: number): void => {
    released += count;
    opened.resolve();
    opened = deferred();
  };
  async function* play(): AsyncGenerator {
    for (const event of events) {
      while (released < 1) await opened.promise;
      released -= 1;
      yield event;
    }
  }
  return { agent: { invoke: () => sse(play()) }, release: () => open(1), releaseAll: () => open(Infinity) };
}

/** Streams `events`, `everyMs` of real time apart; the first comes at once. */
export function timedScript(events: readonly unknown[], everyMs: number): Agent {
  async function* play(): AsyncGenerator {
    for (const [index, event] of events.entries()) {
      if (index > 0) await new Promise((resolve) => setTimeout(resolve, everyMs));
      yield event;
    }
  }
  return { invoke: () => sse(play()) };
}

/** Fails each invocation with `status` from the container, before any output. */
export function failingAgent(message = 'the agent failed', status = 500): Agent {
  return { invoke: () => json({ error: message }, status) };
}

/** Takes the work and never answers, not even with headers. */
export function silentAgent(): Agent {
  return { invoke: () => new Promise(() => undefined) };
}

/** Streams `events` and then stays connected without a word, until its session is stopped. */
export function endlessAgent(events: readonly unknown[]): Agent {
  async function* play(): AsyncGenerator {
    yield* events;
    await new Promise(() => undefined);
  }
  return { invoke: () => sse(play()) };
}
