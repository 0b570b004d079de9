// Answers `agentdispatch status` from a dispatcher that runs already, in a fraction of the time that the command
// framework takes to load. Bundled on its own (scripts/bundle.mjs), so it must not import what it does not need.
import { ask, lookForDispatcher, ownHello, sayHello } from '@agent-dispatch/core/dispatcher';
import type { TaskView } from '@agent-dispatch/schemas';
import { renderTask } from '../output/task.js';
import { jsonText } from '../output/terminal-text.js';
import { quickStateDir } from './state-dir.js';

/** A dispatcher that does not answer at once is the full command's matter: it waits, and takes over from one that is dead. */
const ANSWER_MS = 1_000;

interface Asked {
  taskId: string;
  json: boolean;
  config?: string;
}

/** @returns false when the full command has to answer: for flags, files and failures that are not the usual ones. */
export async function quickStatus(args: readonly string[], version: string): Promise<boolean> {
  const asked = parse(args);
  if (asked === undefined) return false;
  const { config, taskId, json } = asked;
  try {
    const stateDir = await quickStateDir({ cwd: process.cwd(), env: process.env, ...(config && { config }) });
    const view = stateDir === undefined ? undefined : await look(stateDir, taskId, version);
    if (view === undefined) return false;
    process.stdout.write(`${json ? jsonText(view) : renderTask(view)}\n`);
    return true;
  } catch {
    // Whatever it was, the full command meets it too and tells it in its own words.
    return false;
  }
}

function parse(args: readonly string[]): Asked | undefined {
  const words = [...args];
  const asked: Partial<Asked> & { json: boolean } = { json: false };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const config = word === '--config' ? words.shift() : /^--config=(.+)$/.exec(word)?.[1];
    if (word === '--json') asked.json = true;
    else if (config !== undefined) asked.config = config;
    else if (word.startsWith('-') || asked.taskId !== undefined) return undefined;
    else asked.taskId = word;
  }
  const { taskId } = asked;
  return taskId === undefined ? undefined : { ...asked, taskId };
}

/** Says hello without a configuration: to look at a task, none is needed. */
async function look(stateDir: string, taskId: string, version: string): Promise<TaskView | undefined> {
  const found = await lookForDispatcher(stateDir, ANSWER_MS);
  if (found.state !== 'listening') return undefined;
  const { connection } = found;
  try {
    await sayHello(connection, ownHello({ version, client: 'agentdispatch' }), ANSWER_MS);
    return (await ask(connection, 'get', { input: { task_id: taskId } }, ANSWER_MS)) as TaskView;
  } finally {
    connection.close();
  }
}
