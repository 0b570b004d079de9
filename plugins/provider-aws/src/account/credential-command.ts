// Credentials from a program of the operator's choice, in the format of the AWS CLI's credential_process.
// The program sees locations of files and nothing else of our environment; what it prints is never logged.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Environment } from './account.js';
import type { AwsCredentials } from './provided.js';

const TIMEOUT_MS = 60_000;
/** Not where the host happened to be started: a relative name must not mean whatever lies there. */
const ROOT = '/';
const run = promisify(execFile);

interface Printed {
  Version?: unknown;
  AccessKeyId?: unknown;
  SecretAccessKey?: unknown;
  SessionToken?: unknown;
  Expiration?: unknown;
}

export async function runCredentialCommand(
  [program = '', ...args]: readonly string[],
  environment: Environment,
): Promise<AwsCredentials> {
  const options = { cwd: ROOT, env: environment, timeout: TIMEOUT_MS, windowsHide: true };
  const { stdout } = await run(program, args, options).catch((error: unknown) => {
    throw new Error(`The credential command failed (${reasonOf(error)}).`);
  });
  return readPrinted(parse(stdout));
}

// Not the error's message: that of a child process carries its output, which may hold the secret.
function reasonOf(error: unknown): string {
  const { code, signal } = error as { code?: string | number | null; signal?: string | null };
  return signal ?? String(code ?? 'no exit code');
}

function parse(stdout: string): Printed {
  try {
    return (JSON.parse(stdout) ?? {}) as Printed;
  } catch {
    throw new Error('The credential command did not print JSON.');
  }
}

function readPrinted(printed: Printed): AwsCredentials {
  const { Version, AccessKeyId, SecretAccessKey, SessionToken, Expiration } = printed;
  if (Version !== 1 || typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string') {
    throw new Error('The credential command must print Version 1 with AccessKeyId and SecretAccessKey.');
  }
  const expiration = typeof Expiration === 'string' ? new Date(Expiration) : undefined;
  if (expiration !== undefined && Number.isNaN(expiration.getTime())) {
    throw new Error('The credential command printed an Expiration that is no date.');
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    ...(typeof SessionToken === 'string' && { sessionToken: SessionToken }),
    ...(expiration && { expiration }),
  };
}
