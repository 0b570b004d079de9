// Workers of a benchmark: the built program on a loopback port, over a directory of the benchmark's own.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Dispatcher } from './place.mjs';

const program = fileURLToPath(new URL('../../../plugins/worker/bin/agentdispatch-worker.js', import.meta.url));
const probe = fileURLToPath(new URL('./probe.mjs', import.meta.url));

let workers = 0;
let tasks = 0;

/** Resolves when it listens. */
export async function startWorker(place, { protocol = 'http', isMeasured = false } = {}) {
  workers += 1;
  const at = (name) => path.join(place.root, `worker-${workers}${name}`);
  const agents = { shell: { command: ['/bin/sh'] } };
  const config = { protocol, host: '127.0.0.1', port: 0, portFile: at('.port'), dataDirectory: at(''), agents };
  writeFileSync(at('.json'), JSON.stringify(config));
  const args = [...(isMeasured ? ['--import', probe] : []), program, 'serve', '--config', at('.json')];
  const stdio = ['ignore', 'ignore', 'inherit', ...(isMeasured ? ['ipc'] : [])];
  const child = place.start(args, { stdio });
  while (!existsSync(at('.port'))) {
    if (child.exitCode !== null) throw new Error(`the worker ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const port = readFileSync(at('.port'), 'utf8').trim();
  return new Worker(child, `http://127.0.0.1:${port}`, at(''));
}

class Worker extends Dispatcher {
  #url;
  #directory;

  constructor(child, url, directory) {
    super(child);
    this.#url = url;
    this.#directory = directory;
  }

  ping() {
    return fetch(`${this.#url}/ping`).then((response) => response.json());
  }

  /** Runs the shell script to its end, and gives the last event. Reads all others too. */
  async run(instruction) {
    tasks += 1;
    const number = String(tasks).padStart(6, '0');
    const invocationId = `benchmark-${process.pid}-${number}`;
    const task = { invocationId, taskId: `task_00000000000000000000${number}`, attempt: 1, instruction };
    await this.#post({ agentdispatch: 'start', task });
    const response = await this.#post({ agentdispatch: 'follow', invocationId });
    let last = '';
    for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
      const text = last + piece;
      last = text.slice(text.lastIndexOf('\n', text.length - 2) + 1);
    }
    return JSON.parse(last);
  }

  async remove() {
    await this.stop();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #post(body) {
    return fetch(`${this.#url}/invocations`, { method: 'POST', body: JSON.stringify(body) });
  }
}
