// Program of the detached dispatcher. Its arguments say which state directory and configuration; it reports once, on
// file descriptor 3, whether it serves. Started by start-dispatcher.ts alone.
import { closeSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { configOf } from './connect.js';
import { REPORT_FD, type StartReport } from './dispatcher/index.js';
import { toDispatchError } from './errors/index.js';
import { serveDispatcher } from './serve-dispatcher.js';

// By V8's own measure garbage may come to three times what is in use: for a process that stays, that is too much. A V8
// that does not know the flag goes on as before.
setFlagsFromString('--heap-growing-percent=150');

const { values } = parseArgs({
  options: {
    'state-dir': { type: 'string' },
    config: { type: 'string' },
    bundled: { type: 'string', multiple: true, default: [] },
  },
});

let reported = false;

function report(status: StartReport): void {
  if (reported) return;
  reported = true;
  try {
    writeSync(REPORT_FD, JSON.stringify(status));
    closeSync(REPORT_FD);
  } catch (error) {
    // The front door that started this process is gone: its task is not lost for that, and nobody is left to tell.
    if (!(error instanceof Error)) throw error;
  }
}

try {
  const environment = Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  // The state directory is the front door's finding: the environment that led to it is not all here.
  const env = { ...environment, AGENTDISPATCH_STATE_DIR: values['state-dir'] };
  const config = await configOf({
    ...(values.config !== undefined && { configPath: values.config }),
    cwd: process.cwd(),
    env,
    bundledPlugins: values.bundled,
  });
  await serveDispatcher({
    config,
    bundledPlugins: values.bundled,
    environment,
    onReady: () => report({ status: 'ready' }),
  });
  process.exit(0);
} catch (thrown) {
  const error = toDispatchError(thrown, 'AD_DISPATCHER_START');
  report(error.code === 'AD_STORE_SESSION_LOST' ? { status: 'lost' } : { status: 'failed', error: error.toJSON() });
  process.exit(1);
}
