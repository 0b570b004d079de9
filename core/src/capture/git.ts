// Runs git so that nothing of this machine's or the repository's own settings takes part: no hooks, no prompts, no
// credentials, no helpers, no fetching behind our back.
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { devNull } from 'node:os';
import { buffer } from 'node:stream/consumers';
import { codeOf } from '../config/thrown.js';
import { unreachable } from './found-file.js';

/** Places and proxies; nothing that names a user or a key. */
const PASSED_ON = [
  'PATH',
  'SYSTEMROOT',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
] as const;

const CLEAN = {
  // Without one, libcurl looks for the .netrc of the user's home all the same.
  HOME: devNull,
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_SYSTEM: devNull,
  GIT_CONFIG_GLOBAL: devNull,
  GIT_TERMINAL_PROMPT: '0',
  GIT_ASKPASS: '',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_LAZY_FETCH: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
} as const;

const SETTINGS = [
  `core.hooksPath=${devNull}`,
  'core.fsmonitor=false',
  'credential.helper=',
  'submodule.recurse=false',
  'gc.auto=0',
  'maintenance.auto=false',
  // What is fetched stays in one file, whose size can be measured.
  'fetch.unpackLimit=1',
  // A server that falls silent does not keep it, even if nobody is there any more to end it.
  'http.lowSpeedLimit=1000',
  'http.lowSpeedTime=20',
];

/** Of what git says, so much is kept. Bytes. */
const MOST_SAID = 4096;

export interface GitOptions {
  environment: Readonly<Record<string, string>>;
  /** The working directory. */
  cwd: string;
  /** How git may reach other places, as GIT_ALLOW_PROTOCOL says it. Default: not at all. */
  protocols?: string;
  signal?: AbortSignal;
}

/** What git printed, or why it did not do what it was told. */
export type GitAnswer = { ok: true; output: Buffer } | { ok: false; said: string; isMissing: boolean };

export class GitProcess {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<{ code: number | null; error?: Error }>;
  #said = '';

  constructor(args: readonly string[], { environment, cwd, protocols = 'none', signal }: GitOptions) {
    const passedOn = PASSED_ON.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]]));
    this.child = spawn('git', [...SETTINGS.flatMap((setting) => ['-c', setting]), ...args], {
      cwd,
      env: { ...(Object.fromEntries(passedOn) as Record<string, string>), ...CLEAN, GIT_ALLOW_PROTOCOL: protocols },
      // Its helpers end with it.
      detached: process.platform !== 'win32',
    });
    this.child.stderr.on('data', (chunk: Buffer) => {
      this.#said = `${this.#said}${chunk.toString()}`.slice(-MOST_SAID);
    });
    // Who asks too late learns it from how git ended.
    this.child.stdin.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.child.on('error', (error) => resolve({ code: null, error }));
      this.child.on('close', (code) => resolve({ code }));
    });
    const end = (): void => this.end();
    signal?.addEventListener('abort', end, { once: true });
    void this.ended.then(() => signal?.removeEventListener('abort', end));
    if (signal?.aborted) end();
  }

  /** The last line of what it complained about. */
  get said(): string {
    const lines = this.#said.split('\n').map((line) => line.trim());
    return (lines.filter((line) => line !== '').at(-1) ?? '').replace(/^(fatal|error): /, '').slice(0, 300);
  }

  end(): void {
    const { pid, exitCode, signalCode } = this.child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      if (process.platform === 'win32') this.child.kill();
      else process.kill(-pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

export async function runGit(args: readonly string[], options: GitOptions): Promise<GitAnswer> {
  const git = new GitProcess(args, options);
  git.child.stdin.end();
  // What it could not print any more is told by how it ended.
  const output = buffer(git.child.stdout).catch(() => Buffer.alloc(0));
  const { code, error } = await git.ended;
  if (code === 0) return { ok: true, output: await output };
  return { ok: false, said: git.said, isMissing: codeOf(error) === 'ENOENT' };
}

export const withoutGit = (at: string): Error => unreachable(`${at}/git`, 'needs git, which is not installed here');
