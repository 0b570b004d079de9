// The dispatcher's own log: one JSON line an entry, in the state directory. Not the log of any task.
import { appendFileSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { createRedactor } from '../policy/index.js';
import type { Logger } from '../provider/index.js';
import { makePrivateDirectory } from '../store/private-directory.js';

const NAME = 'dispatcher.log';
/** Over this size the file is set aside as dispatcher.log.1, in place of the former one. */
const MAX_BYTES = 10 * 1024 * 1024;

/** Makes the state directory where it is missing. Errors: AD_STORE_NOT_PRIVATE. */
export function openDispatcherLog(stateDir: string): Logger {
  makePrivateDirectory(stateDir);
  const file = path.join(stateDir, NAME);
  const redactor = createRedactor();
  const write =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      const entry = redactor.json({ at: new Date().toISOString(), level, message, ...fields });
      if (sizeOf(file) > MAX_BYTES) renameSync(file, `${file}.1`);
      appendFileSync(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
    };
  return { debug: () => undefined, info: write('info'), warn: write('warn') };
}

const sizeOf = (file: string): number => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
