// The dispatcher's own log: one JSON line an entry, in the state directory. Not the log of any task. A log that cannot be
// written stops nothing: what could not be told is counted, and the count told when it can be.
import { appendFileSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { codeOf } from '../config/thrown.js';
import { createRedactor } from '../policy/index.js';
import type { Logger } from '../provider/index.js';
import { makePrivateDirectory } from '../store/private-directory.js';

const NAME = 'dispatcher.log';
/** Over this size the file is set aside as dispatcher.log.1, in place of the former one. */
const MAX_BYTES = 10 * 1024 * 1024;

/** Makes the state directory where it is missing. Errors: AD_STORE_NOT_PRIVATE, AD_STORE_UNAVAILABLE. */
export function openDispatcherLog(stateDir: string, maxBytes = MAX_BYTES): Logger {
  makePrivateDirectory(stateDir);
  const file = path.join(stateDir, NAME);
  const redactor = createRedactor();
  let missing = 0;
  const write =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
      const gap = missing > 0 ? { missing } : {};
      const entry = redactor.json({ at: new Date().toISOString(), level, message, ...gap, ...fields });
      // What failed may have left half a line.
      const line = `${missing > 0 ? '\n' : ''}${JSON.stringify(entry)}\n`;
      missing = append(file, line, maxBytes) ? 0 : missing + 1;
    };
  return { debug: () => undefined, info: write('info'), warn: write('warn') };
}

/** Whether it was written. */
function append(file: string, line: string, maxBytes: number): boolean {
  try {
    const size = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
    if (size > maxBytes) renameSync(file, `${file}.1`);
    appendFileSync(file, line, { mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return false;
  }
}
