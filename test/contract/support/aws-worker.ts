// AgentDispatch's worker as the container of every session: a process of its own, and the agent below it another. What was
// begun, and what runs, the agents themselves write down.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { workerContainer } from '../../fakes/agentcore/index.js';
import { SECRET, type Work } from './aws-world.js';

/** Told its task as a line of JSON; the instruction is what it does. */
const AGENT = `
read -r told
value() { printf '%s' "$told" | sed -n 's/.*"'"$1"'":"\\([^"]*\\)".*/\\1/p'; }
task=$(value taskId)
echo "$task" >> "$PLACE/begun"
echo $$ > "$PLACE/running/$task.$$"
case $(value instruction) in
  succeeds) echo one; sleep 0.1; echo two ;;
  fails) echo one; exit 3 ;;
  takesSecret) [ "$${SECRET.name}" = ${SECRET.value} ] ;;
  runs) echo begun; while [ ! -e "$PLACE/finish.$task" ]; do sleep 0.05; done ;;
esac
`;

export function workerWork(): Work {
  const place = realpathSync(mkdtempSync(path.join(tmpdir(), 'aws-worker-')));
  const at = (...parts: string[]): string => path.join(place, ...parts);
  mkdirSync(at('running'));
  writeFileSync(at('begun'), '');
  writeFileSync(at('agent.sh'), `PLACE='${place}'\n${AGENT}`);
  const { agent } = workerContainer({
    agents: { scripted: { command: ['/bin/sh', at('agent.sh')], input: 'json' } },
  });
  return {
    agent: () => agent,
    input: (kind) => ({ instruction: kind }),
    output: 'one\ntwo\n',
    code: 'AD_TASK_FAILED',
    finish: (taskId) => writeFileSync(at(`finish.${taskId}`), ''),
    executions: (taskId) =>
      readFileSync(at('begun'), 'utf8')
        .split('\n')
        .filter((line) => line !== '' && line === taskId).length,
    running: (taskId) => alive(readdirSync(at('running')).filter((name) => name.startsWith(`${taskId}.`))),
    dispose: () => existsSync(place) && rmSync(place, { recursive: true, force: true, maxRetries: 5 }),
  };
}

/** How many of the processes run that wrote these files; what is dead and not buried does not. */
function alive(names: readonly string[]): number {
  const pids = names.map((name) => name.split('.').at(-1) ?? '');
  if (pids.length === 0) return 0;
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', pids.join(',')], { encoding: 'utf8' });
  return stdout.split('\n').filter((state) => state.trim() !== '' && !state.trim().startsWith('Z')).length;
}
