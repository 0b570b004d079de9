// Finds the values behind secret references at the moment they are needed. A value goes to the caller and nowhere else:
// not into a log, and not into an error, whatever went wrong.
import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import path from 'node:path';
import type { SecretReference } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import { setting, type Environment } from './state-dir.js';
import { codeOf } from './thrown.js';

/** Environment variables hold no more on some systems, and no secret is this long. */
const MAX_BYTES = 64 * 1024;

/** What a secret store's own program needs to find its session, and nothing of what else stands in our environment. */
const COMMAND_ENVIRONMENT =
  /^(PATH|HOME|USER|LOGNAME|LANG|LC_.*|TZ|TMPDIR|TEMP|TMP|XDG_.*|SSH_AUTH_SOCK|GPG_TTY|GNUPGHOME|PASSWORD_STORE_DIR|DBUS_SESSION_BUS_ADDRESS|DISPLAY|WAYLAND_DISPLAY|HTTPS?_PROXY|NO_PROXY|SSL_CERT_FILE|SSL_CERT_DIR|NODE_EXTRA_CA_CERTS|SYSTEMROOT|SYSTEMDRIVE|WINDIR|COMSPEC|PATHEXT|USERPROFILE|APPDATA|LOCALAPPDATA|PROGRAMDATA|PROGRAMFILES)$/i;

export interface SecretResolverOptions {
  env: Environment;
  /** Relative paths of files count from here, and commands run here. Absolute. */
  baseDir: string;
  /** Milliseconds that a command may take. Default 30000. */
  commandTimeout?: number;
}

/** Why a reference yields nothing, in words that hold no part of the value. */
class Unresolved extends Error {}

/** The engine's SecretSource; a problem's pointer is into the runtime profile or request that holds `secrets`. */
export class SecretResolver {
  constructor(private readonly options: SecretResolverOptions) {}

  async resolve(references: Readonly<Record<string, SecretReference>>): Promise<Record<string, string>> {
    const entries = await Promise.all(
      Object.entries(references).map(async ([name, reference]) => ({ name, ...(await this.outcome(reference)) })),
    );
    const problems = entries.flatMap(({ name, problem }) =>
      problem === undefined ? [] : [{ pointer: `/secrets/${name}`, message: problem }],
    );
    if (problems.length > 0) {
      const reasons = problems.map(({ pointer, message }) => `"${pointer.slice('/secrets/'.length)}": ${message}`);
      throw new DispatchError('AD_CONFIG_SECRET_UNRESOLVED', `No value for secret ${reasons.join('; ')}.`, {
        problems,
      });
    }
    return Object.fromEntries(entries.map(({ name, value }) => [name, value ?? '']));
  }

  private async outcome(reference: SecretReference): Promise<{ value?: string; problem?: string }> {
    try {
      const value = await this.value(reference);
      if (value === '') return { problem: `${described(reference)} is empty` };
      return value.includes('\0') ? { problem: `${described(reference)} holds a NUL character` } : { value };
    } catch (error) {
      if (error instanceof Unresolved) return { problem: error.message };
      throw error;
    }
  }

  private async value(reference: SecretReference): Promise<string> {
    const { env, baseDir } = this.options;
    if (reference.source === 'environment') return fromEnvironment(env, reference);
    if (reference.source === 'file') return fromFile(path.resolve(baseDir, reference.path ?? ''), reference);
    return this.fromCommand(reference);
  }

  /** Without a shell. Neither output nor arguments go into the error: a failing program may print what it found. */
  private async fromCommand(reference: SecretReference): Promise<string> {
    const [program = '', ...args] = reference.command ?? [];
    const options = {
      cwd: this.options.baseDir,
      env: Object.fromEntries(Object.entries(this.options.env).filter(([name]) => COMMAND_ENVIRONMENT.test(name))),
      timeout: this.options.commandTimeout ?? 30_000,
      killSignal: 'SIGKILL',
      maxBuffer: MAX_BYTES,
      windowsHide: true,
    } as const;
    return new Promise((resolve, reject) => {
      const child = execFile(program, args, options, (error, stdout) => {
        if (error === null) resolve(withoutLineEnd(stdout));
        else reject(new Unresolved(`${described(reference)} ${commandFailure(error)}`));
      });
      child.stdin?.end();
    });
  }
}

function fromEnvironment(env: Environment, reference: SecretReference): string {
  const value = setting(env, reference.name ?? '');
  if (value === undefined) throw new Unresolved(`${described(reference)} is not set`);
  return value;
}

async function fromFile(file: string, reference: SecretReference): Promise<string> {
  const refuse = (why: string): Unresolved => new Unresolved(`${described(reference)} ${why}`);
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw refuse(`cannot be opened (${codeOf(error) ?? 'unknown error'})`);
  });
  try {
    const status = await handle.stat();
    if (status.isDirectory()) throw refuse('is a directory');
    if (status.size > MAX_BYTES) throw refuse(`is larger than ${MAX_BYTES} bytes`);
    return withoutLineEnd(await handle.readFile('utf8'));
  } finally {
    await handle.close();
  }
}

const withoutLineEnd = (text: string): string => text.replace(/\r?\n$/, '');

/** The reference, as far as it is safe to show: of a command, the program alone. */
function described({ source, name, path: file, command }: SecretReference): string {
  if (source === 'environment') return `environment variable ${name ?? ''}`;
  return source === 'file' ? `file ${file ?? ''}` : `command ${command?.[0] ?? ''}`;
}

function commandFailure(
  error: Error & { code?: string | number | null; killed?: boolean; signal?: string | null },
): string {
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `printed more than ${MAX_BYTES} bytes`;
  if (error.killed === true) return 'did not end in time';
  if (typeof error.code === 'number') return `ended with exit code ${error.code}`;
  return error.signal ? `was ended by ${error.signal}` : `cannot be run (${codeOf(error) ?? 'unknown error'})`;
}
