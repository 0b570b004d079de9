// Agents that speak plain HTTP, and commands, as they are played in the fake's microVMs. The fake counts them.
import {
  type Agent,
  type AgentHandler,
  type CommandEvent,
  type CommandHandler,
  json,
  sse,
} from '../../fakes/agentcore/index.js';
import { type Cell, type Kind, SECRET, type Work } from './aws-world.js';
import { Waiting } from './waiting.js';

async function* events<Event>(...all: Event[]): AsyncGenerator<Event> {
  yield* all;
}

export function plainWork({ taskType, targetMode }: Cell): Work {
  const waiting = new Waiting();
  const isAgent = taskType === 'agent.run';
  return {
    agent: (kind) => agentFor(kind, waiting, targetMode === 'session'),
    input: (kind) => (isAgent ? { instruction: 'work' } : { command: [kind] }),
    output: `one\ntwo\n${isAgent ? '{"result":"done"}\n' : ''}`,
    code: isAgent ? 'AD_PROTOCOL_AGENT_ERROR' : 'AD_TASK_FAILED',
    isGuarded: true,
    finish: (taskId) => waiting.tell(taskId),
  };
}

function agentFor(kind: Kind, waiting: Waiting, isGuarded: boolean): Agent {
  const answers: Record<Kind, AgentHandler> = {
    succeeds: () => sse(events({ text: 'one\n' }, { text: 'two\n' }, { result: 'done' })),
    fails: () => sse(events({ text: 'one\n' }, { error: 'it went wrong' })),
    // In mode `session` the secret opens the way to the agent, which then has nothing to check.
    takesSecret: ({ environment }) =>
      isGuarded || environment[SECRET.name] === SECRET.value
        ? json('done')
        : sse(events({ error: 'there is no secret' })),
    runs: ({ sessionId }) =>
      sse(
        (async function* () {
          yield { text: 'begun\n' };
          await waiting.toldIn(sessionId);
          yield { result: 'done' };
        })(),
      ),
  };
  return { invoke: answers[kind], command: commandOf(waiting) };
}

/** A command is the name of what it does. */
const commandOf = (waiting: Waiting): CommandHandler =>
  async function* ({ command, sessionId }) {
    if (command === 'runs') {
      yield { stdout: 'begun\n' };
      await waiting.toldIn(sessionId);
      yield { exitCode: 0 };
    } else if (command === 'fails') yield* events<CommandEvent>({ stderr: 'oh\n' }, { exitCode: 3 });
    else yield* events<CommandEvent>({ stdout: 'one\n' }, { stderr: 'two\n' }, { exitCode: 0 });
  };
