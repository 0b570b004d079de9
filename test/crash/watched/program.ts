// A dispatcher that is the real one but for what stands between its parts: it writes down which crash points it passes,
// and kills itself at one of them. Started by the tests as start-dispatcher.ts starts the real program.
import { closeSync, writeSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { configOf, createHost, nodeFiles, serveDispatcher, type EnginePorts } from '@agent-dispatch/core/host';
import type { ControlPlane } from '@agent-dispatch/core';
import { Diary, type DiaryOptions } from './diary.js';
import { watchedFiles } from './files.js';
import { over } from './over.js';
import { watchedPorts } from './ports.js';

/** What the tests give as the only argument. */
export interface ProgramOptions {
  configFile: string;
  bundledPlugins: string[];
  diary: DiaryOptions;
  store: { segmentBytes: number; checkpointBytes: number };
  /** Ended tasks are removed at the start, as retention does it after a while. */
  purge: boolean;
}

const REPORT_FD = 3;

/** The answer is ready, and its caller has not read it. */
function watchedPlane(plane: ControlPlane, diary: Diary): ControlPlane {
  const acknowledged = async <Answer>(operation: string, answer: Promise<Answer>): Promise<Answer> => {
    const known = await answer;
    await diary.reach(`acknowledgement.${operation}.before`, taskOf(known));
    return known;
  };
  return over(plane, {
    dispatch: (input, options) => acknowledged('dispatch', plane.dispatch(input, options)),
    cancel: (input, options) => acknowledged('cancel', plane.cancel(input, options)),
  });
}

const taskOf = (answer: unknown): string | undefined => (answer as { task_id?: string }).task_id;

const { positionals } = parseArgs({ allowPositionals: true });
const options = JSON.parse(positionals[0] ?? '') as ProgramOptions;
const diary = new Diary(options.diary);
const env = Object.fromEntries(
  Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
);
const config = await configOf({
  configPath: options.configFile,
  cwd: process.cwd(),
  env,
  bundledPlugins: options.bundledPlugins,
});
await serveDispatcher({
  config,
  bundledPlugins: options.bundledPlugins,
  environment: env,
  host: async (given) => {
    let store: EnginePorts['store'] | undefined;
    const host = await createHost({
      ...given,
      store: { ...options.store, files: watchedFiles(nodeFiles, config.stateDir, diary) },
      ports(ports) {
        store = ports.store;
        return watchedPorts(ports, diary);
      },
    });
    if (options.purge) await store?.purge(store.now());
    return { ...host, controlPlane: watchedPlane(host.controlPlane, diary) };
  },
  onReady: () => {
    writeSync(REPORT_FD, 'ready');
    closeSync(REPORT_FD);
  },
});
process.exit(0);
