// npm run demo: the main job from end to end, nothing faked. An MCP client starts the MCP server over stdio and hands
// it a task; the dispatcher behind it runs a real child process, whose output is read while it works. Then the client
// goes away in the middle of a second task, and a new one finds it finished.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { stopDispatcher } from '@agent-dispatch/core/dispatcher';
import { heading, Session, show } from './session.mjs';

const TIME_LIMIT_MS = 60_000;
const agent = fileURLToPath(new URL('agent.mjs', import.meta.url));
const askingAgent = fileURLToPath(new URL('asking-agent.mjs', import.meta.url));

const folder = await mkdtemp(path.join(tmpdir(), 'agentdispatch-demo-'));
const config = path.join(folder, 'agentdispatch.config.json');
process.once('SIGINT', () => void cleanUp().finally(() => process.exit(130)));
try {
  await writeConfig();
  await Promise.race([demo(), tooLate()]);
  heading('Everything worked.');
} catch (error) {
  console.error(`\nThe demo failed: ${error.message}`);
  process.exitCode = 1;
} finally {
  await cleanUp();
}
process.exit();

async function demo() {
  heading('1. A lead agent hands a task over and goes on at once.');
  const lead = await Session.open(config);
  const task = await spawn(lead, 'Compare three options and write a report');

  heading('2. What the agent prints is readable while it works.');
  const live = await followLogs(lead, task.task_id);

  heading('3. The end, the result and the file it left.');
  await waitFor(lead, task.task_id);
  if (live === 0) throw new Error('no output was readable before the task ended');
  await showResult(lead, task.task_id);
  await lead.call(
    'get_task_status',
    { task_id: task.task_id },
    ({ status, cleanup }) => `${status}, cleanup ${cleanup}`,
  );

  heading('4. An agent that speaks A2A tells how it gets on, and asks.');
  const booking = await spawn(lead, 'Book a table for two', 'a2a-agent');
  const question = await untilAsked(lead, booking.task_id);
  const answer = { task_id: booking.task_id, request_id: question.request_id, message: 'eight' };
  await lead.call('send_message', answer, ({ receipt }) => `the agent has the answer: ${receipt.state}`);
  await waitFor(lead, booking.task_id);
  await showResult(lead, booking.task_id);

  heading('5. A task outlives the client that started it.');
  const orphan = await spawn(lead, 'Go on although nobody is there');
  await lead.close();
  show('the client and its MCP server are gone');
  const next = await Session.open(config);
  await next.call('list_tasks', { limit: 5 }, ({ tasks }) =>
    tasks.map(({ task_id: id, status }) => `${short(id)} ${status}`).join(', '),
  );
  await waitFor(next, orphan.task_id);
  await showResult(next, orphan.task_id);
  await next.close();
}

function spawn(session, instruction, runtime = 'demo-agent') {
  // The agent that talks says itself which file it leaves.
  const input = { instruction, runtime, ...(runtime === 'demo-agent' && { artifacts: ['report.md'] }) };
  return session.call('spawn_cloud_agent', input, ({ task_id: id, status }) => {
    if (id === undefined) throw new Error(`no task was started: ${status}`);
    return `${id} ${status}: durable`;
  });
}

/** People like to watch; a lead agent would call wait_task alone. Gives the number of lines seen before the end. */
async function followLogs(session, taskId) {
  let page = { next_cursor: undefined, terminal: false };
  let live = 0;
  do {
    page = await session.ask('get_task_logs', { task_id: taskId, cursor: page.next_cursor });
    for (const { stream, text } of page.entries) show(`   ${stream} | ${text.trimEnd()}`);
    if (!page.terminal) live += page.entries.length;
    if (page.entries.length === 0) await pause(50);
  } while (!page.terminal || page.entries.length > 0);
  return live;
}

/** Shows progress as it comes; gives what the agent asks. */
async function untilAsked(session, taskId) {
  const input = { task_ids: [taskId], timeout_seconds: 1 };
  for (;;) {
    const { events, attention, done, cursor } = await session.ask('wait_task', input);
    for (const { type, message } of events) if (message !== undefined) show(`   ${type} | ${message}`);
    const [question] = attention[0]?.input_requests ?? [];
    if (question !== undefined) {
      show(`   it asks | ${question.question}`);
      return question;
    }
    if (done.length > 0) throw new Error(`the agent ended without a question: ${JSON.stringify(done[0])}`);
    input.cursor = cursor;
  }
}

async function waitFor(session, taskId) {
  const { done } = await session.call('wait_task', { task_ids: [taskId] }, (answer) =>
    answer.timed_out ? 'timed out' : answer.done.map(({ status, elapsed_ms: ms }) => `${status} after ${ms} ms`).join(),
  );
  const [task] = done;
  if (task?.status !== 'succeeded') throw new Error(`the task did not succeed: ${JSON.stringify(task)}`);
}

async function showResult(session, taskId) {
  const { artifacts } = await session.call('get_task_result', { task_id: taskId }, (answer) => {
    const files = answer.artifacts.map(({ name, size }) => `${name} (${size} bytes)`).join(', ');
    return `result of ${JSON.stringify(answer.result).length} characters, files: ${files}`;
  });
  const [file] = artifacts;
  if (file === undefined) throw new Error('the file it was to leave is missing');
  const input = { task_id: taskId, artifact: file.name };
  await session.call('get_task_result', input, ({ result }) => JSON.stringify(result));
}

function writeConfig() {
  const runtime = (protocol, details) => ({ account: 'here', target: { mode: 'runtime', protocol, details } });
  return writeFile(
    config,
    JSON.stringify({
      stateDir: path.join(folder, 'state'),
      accounts: { here: { provider: 'local' } },
      runtimes: {
        'demo-agent': runtime('stdio', { command: [process.execPath, agent] }),
        'a2a-agent': runtime('a2a', { command: [process.execPath, askingAgent], output: 'events' }),
      },
    }),
  );
}

async function tooLate() {
  await pause(TIME_LIMIT_MS);
  throw new Error(`it took longer than ${TIME_LIMIT_MS / 1000} s`);
}

async function cleanUp() {
  const stopped = await stopDispatcher({ configPath: config, cwd: folder, env: process.env, bundledPlugins: [] });
  // After a failure the dispatcher or an agent may still be writing its last lines.
  await rm(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  show(`dispatcher ${stopped ? 'stopped' : 'was not running'}, ${folder} removed`);
}

function short(taskId) {
  return `...${taskId.slice(-6)}`;
}
