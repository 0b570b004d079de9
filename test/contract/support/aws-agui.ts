// Agents of others that speak AG-UI, as they are played in the fake's microVMs. The fake counts them.
import { EventType } from '@ag-ui/core';
import { type Agent, type AgentRequest, sse } from '../../fakes/agentcore/index.js';
import { type Cell, type Kind, SECRET, type Work } from './aws-world.js';
import { Waiting } from './waiting.js';

export function aguiWork({ targetMode }: Cell): Work {
  const waiting = new Waiting();
  return {
    agent: (kind) => agentFor(kind, waiting, targetMode === 'session'),
    input: () => ({ instruction: 'work' }),
    output: 'one\ntwo\n',
    code: 'AD_PROTOCOL_AGENT_ERROR',
    isGuarded: true,
    finish: (taskId) => waiting.tell(taskId),
  };
}

function agentFor(kind: Kind, waiting: Waiting, isGuarded: boolean): Agent {
  const does: Record<Kind, (request: AgentRequest) => AsyncGenerator> = {
    succeeds: async function* () {
      yield* said('one\n', 'two\n');
    },
    fails: async function* () {
      yield* said('one\n');
      yield { type: EventType.RUN_ERROR, message: 'it went wrong' };
    },
    runs: async function* ({ sessionId }) {
      yield* said('begun\n');
      await waiting.toldIn(sessionId);
    },
    // In mode `session` the secret opens the way to the agent, which then has nothing to check.
    takesSecret: async function* ({ environment }) {
      if (isGuarded || environment[SECRET.name] === SECRET.value) return;
      yield { type: EventType.RUN_ERROR, message: 'there is no secret' };
    },
  };
  return { invoke: (request) => sse(run(request, does[kind])) };
}

/** One run, as it was asked for. */
async function* run(request: AgentRequest, does: (request: AgentRequest) => AsyncGenerator): AsyncGenerator {
  const { threadId, runId } = JSON.parse(Buffer.from(request.payload).toString()) as Record<string, string>;
  yield { type: EventType.RUN_STARTED, threadId, runId };
  let hasFailed = false;
  for await (const event of does(request)) {
    hasFailed ||= (event as { type: EventType }).type === EventType.RUN_ERROR;
    yield event;
  }
  if (!hasFailed) yield { type: EventType.RUN_FINISHED, threadId, runId };
}

async function* said(...texts: string[]): AsyncGenerator {
  const messageId = `message-of-${texts.length}`;
  yield { type: EventType.TEXT_MESSAGE_START, messageId, role: 'assistant' };
  for (const delta of texts) yield { type: EventType.TEXT_MESSAGE_CONTENT, messageId, delta };
  yield { type: EventType.TEXT_MESSAGE_END, messageId };
}
