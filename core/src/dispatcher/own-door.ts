// A dispatcher looks after the two names by which it is found: its socket and its epoch file. When either is gone or
// another's, nobody reaches it any more, and it had better end than be killed.
import { lstat } from 'node:fs/promises';
import { codeOf } from '../config/thrown.js';
import type { Logger } from '../provider/index.js';
import { readEpoch } from '../store/epoch.js';
import { nodeFiles } from '../store/node-files.js';

/** A few system calls each time. Shorter than a front door leaves an owner to end that nobody reaches (make-way.ts). */
const LOOK_MS = 2_000;

export interface OwnDoor {
  stateDir: string;
  /** Where this process listens, and nobody ever did before: it names the epoch file's owner as well. */
  socket: string;
  logger: Logger;
  /** Called once, with why. */
  onLost: (reason: string) => void;
}

const ABSENT = 'absent';

/** Begins to look; returns how to stop. */
export async function watchOwnDoor({ stateDir, socket, logger, onLost }: OwnDoor): Promise<() => void> {
  const own = await socketId(socket);
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const lost = async (): Promise<string | undefined> => {
    const found = await socketId(socket);
    if (found !== own || found === ABSENT) return 'its socket was removed';
    const owner = await readEpoch(nodeFiles, stateDir);
    return owner?.socket === socket ? undefined : 'the state directory has another owner, or is gone';
  };
  const look = async (): Promise<void> => {
    const reason = await lost().catch((error: unknown) => {
      // Whatever keeps us from looking proves nothing.
      logger.warn('the dispatcher cannot look after its socket', { error: String(error) });
      return undefined;
    });
    if (stopped) return;
    if (reason === undefined) again();
    else onLost(reason);
  };
  const again = (): void => {
    timer = setTimeout(() => void look(), LOOK_MS).unref();
  };
  again();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}

/** Changes when the name goes to another file. A named pipe cannot be removed while it is served. */
async function socketId(socket: string): Promise<string> {
  if (process.platform === 'win32') return socket;
  try {
    const { dev, ino } = await lstat(socket);
    return `${dev}:${ino}`;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return ABSENT;
    throw error;
  }
}
