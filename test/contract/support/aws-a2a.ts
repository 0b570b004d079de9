// What agents of others do that speak A2A.
import { deferred } from '../../fakes/agentcore/deferred.js';
import { A2aAgents, type A2aScript } from './a2a-agents.js';
import { type Cell, SECRET, type Work } from './aws-world.js';

export function a2aWork({ targetMode }: Cell): Work {
  const finished = new Map<string, ReturnType<typeof deferred>>();
  const finishOf = (taskId: string): ReturnType<typeof deferred> => {
    const known = finished.get(taskId) ?? deferred();
    finished.set(taskId, known);
    return known;
  };
  const runs: A2aScript = async ({ taskId, stopped, print }) => {
    print('begun\n');
    const stop = new Promise<void>((resolve) => stopped.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([finishOf(taskId).promise, stop]);
    return true;
  };
  const agents = new A2aAgents({
    succeeds: async ({ print }) => {
      print('one\n');
      print('two\n');
      return true;
    },
    fails: async ({ print }) => {
      print('one\n');
      return false;
    },
    runs,
    // In mode `session` the secret opens the way to the agent, which then has nothing to check.
    takesSecret: async ({ environment }) => targetMode === 'session' || environment[SECRET.name] === SECRET.value,
  });
  return {
    ...{ agent: agents.agent, running: agents.running, executions: agents.executions },
    input: (kind) => ({ instruction: kind }),
    output: 'one\ntwo\n',
    code: 'AD_TASK_FAILED',
    isGuarded: true,
    finish: (taskId) => finishOf(taskId).resolve(),
    dispose: () => agents.close(),
  };
}
