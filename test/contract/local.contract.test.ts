// The local provider keeps the provider contract. The work itself counts: each run writes its attempt down, and what runs
// is what the system lists.
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
import { it } from '@jest/globals';
import { runProviderContract, type ProviderCase, type ProviderWorld } from '@agent-dispatch/core/testing';
import plugin from '@agent-dispatch/provider-local';
import type { DispatchRequest, ProviderManifest } from '@agent-dispatch/schemas';
import { repository } from '../e2e/support/place.js';
import { processesWith, type RunningProcess } from '../e2e/support/processes.js';

const manifest = JSON.parse(
  readFileSync(path.join(repository, 'plugins/provider-local/manifest.json'), 'utf8'),
) as ProviderManifest;

type Kind = Omit<ProviderCase, 'open'>;
const SECRET = 'not-a-secret-of-anything';
const MARK = 'AGENTDISPATCH_ATTEMPT';
const WORKER = 'agentdispatch-worker';

/** Everything of one test in one directory. */
class Machine {
  readonly root = realpathSync(mkdtempSync(path.join(tmpdir(), 'local-contract-')));
  readonly borrowed = this.path('borrowed');
  readonly private = this.path('private');

  #isBroken = false;

  constructor(private readonly kind: Kind) {
    mkdirSync(this.borrowed);
    mkdirSync(this.path('told'));
    writeFileSync(this.path('begun'), '');
    writeFileSync(this.path('secret'), SECRET);
  }

  path(...parts: string[]): string {
    return path.join(this.root, ...parts);
  }

  /** @param script of /bin/sh; what it does is written down first. */
  request(script: string, more: Record<string, unknown> = {}): DispatchRequest {
    const { taskType, targetMode, protocol } = this.kind;
    const command = ['/bin/sh', '-c', `echo "$${MARK}" >> '${this.path('begun')}'; ${script}`];
    const isAgent = taskType === 'agent.run';
    const details = {
      ...(targetMode === 'session' && { directory: this.borrowed }),
      ...(isAgent && { command }),
      ...more,
    };
    return {
      taskType,
      capability: 'agent-runtime',
      account: 'local',
      target: { mode: targetMode, protocol, details },
      input: isAgent ? { instruction: 'work' } : { command },
      limits: {},
      retry: {},
    };
  }

  /** Attempts that were begun, as `installation/task-attempt`. */
  begun(taskId: string): string[] {
    const lines = readFileSync(this.path('begun'), 'utf8').split('\n');
    return lines.filter((line) => line.includes(`/${taskId}-`));
  }

  /** Attempts of which any process runs, a worker counted where `what` is all; of all tasks by default. */
  async running(what: 'all' | 'work', taskId?: string): Promise<string[]> {
    const marks = [...new Set(this.#known(taskId))];
    const processes = await Promise.all(marks.map((mark) => processesWith(`${MARK}=${mark}`)));
    const counts = ({ command }: RunningProcess): boolean => what === 'all' || !command.includes(WORKER);
    return marks.filter((_mark, index) => (processes[index] ?? []).some(counts));
  }

  #known(taskId = ''): string[] {
    const lines = readFileSync(this.path('begun'), 'utf8').split('\n').filter(Boolean);
    return lines.filter((line) => line.includes(`/${taskId}`));
  }

  async alive(): Promise<string[]> {
    const directories = ['attempts', 'workspaces'].flatMap((kind) =>
      listed(this.private).flatMap((installation) =>
        listed(path.join(this.private, installation, kind)).map((name) => path.join(installation, kind, name)),
      ),
    );
    return [...directories, ...(await this.running('all'))];
  }

  breakDown(): void {
    this.#isBroken = true;
    for (const place of [this.private, this.borrowed]) {
      rmSync(place, { recursive: true, force: true });
      writeFileSync(place, 'no directory');
    }
  }

  /** Where it is broken, no driver finds its work any more. */
  async dispose(): Promise<void> {
    if (this.#isBroken) for (const { pid } of await processesWith(this.root)) end(pid);
    rmSync(this.root, { recursive: true, force: true });
  }
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It ended with another of them.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

const listed = (directory: string): string[] => (existsSync(directory) ? readdirSync(directory) : []);

function openMachine(kind: Kind): ProviderWorld {
  const machine = new Machine(kind);
  const task = `"$(basename "\${${MARK}%-*}")"`;
  return {
    account: { name: 'local', provider: 'local', settings: {} },
    environment: { PATH: process.env['PATH'] ?? '' },
    directory: (installationId) => path.join(machine.private, installationId),
    requests: {
      succeeds: { request: machine.request('echo one; sleep 0.05; echo two'), output: 'one\ntwo\n' },
      fails: { request: machine.request('exit 3'), code: 'AD_TASK_FAILED' },
      runs: machine.request(`echo begun; until [ -e '${machine.path('told')}'/${task} ]; do sleep 0.05; done`),
      unusable: { request: machine.request('exit 0', { promptVia: 'telepathy' }), code: 'AD_PROVIDER_TARGET_INVALID' },
      takesSecret: {
        request: machine.request(`[ "$TOKEN" = "$(cat '${machine.path('secret')}')" ]`),
        name: 'TOKEN',
        value: SECRET,
      },
    },
    finish: (taskId) => writeFileSync(machine.path('told', taskId), ''),
    executions: (taskId) => machine.begun(taskId).length,
    running: async (taskId) => (await machine.running('work', taskId)).length,
    alive: () => machine.alive(),
    borrowed: () => (existsSync(machine.borrowed) ? [machine.borrowed] : []),
    deadline: { ms: 3_000, pass: () => undefined },
    breakDown: () => machine.breakDown(),
    dispose: () => machine.dispose(),
  };
}

const kinds: Kind[] = [
  ...kindsOf('agent.run', ['stdio', 'http', 'a2a', 'mcp', 'ag-ui']),
  ...kindsOf('command.run', ['stdio']),
];

function kindsOf(taskType: Kind['taskType'], protocols: Kind['protocol'][]): Kind[] {
  return protocols.flatMap((protocol) =>
    (['session', 'runtime'] as const).map((targetMode) => ({ driver: 'process', taskType, targetMode, protocol })),
  );
}

runProviderContract({
  test: (title, run) => it(title, run, 120_000),
  createProvider: (host) => plugin.create(host),
  manifest,
  cases: kinds.map((kind) => ({ ...kind, open: async () => openMachine(kind) })),
});
