// One commit of a repository on another machine, fetched without its history into a private directory.
import { mkdtemp, readdir, stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { codeOf } from '../config/thrown.js';
import { isDispatchError } from '../errors/index.js';
import { unreachable, unusable } from './found-file.js';
import { runGit, withoutGit, type GitAnswer, type GitOptions } from './git.js';
import { tooLargeToFetch } from './limits.js';
import { allowedAddresses } from './public-address.js';

export interface FetchOptions {
  url: string;
  ref: string;
  /** JSON pointer of the input. */
  at: string;
  /** A private directory, in which one more is made; who gives it removes it. */
  into: () => Promise<string>;
  /** What is fetched may not be larger. */
  maxBytes: number;
  environment: GitOptions['environment'];
  /** Addresses that may be reached over https. Default: public ones. */
  isAllowed?: (address: string) => boolean;
  /** Default: https alone. */
  protocols?: string;
  signal?: AbortSignal;
}

/** How often what has come is measured. */
const MEASURE_MS = 250;
const NEEDS_CREDENTIALS = /terminal prompts disabled|authentication failed|could not read (username|password)/i;

/** Errors: AD_INPUT_INVALID, AD_INPUT_UNREACHABLE, AD_INPUT_TOO_LARGE. */
export async function fetchCommit(fetch: FetchOptions): Promise<{ cwd: string; commit: string }> {
  const { url, ref, environment, protocols = 'https' } = fetch;
  const cwd = await mkdtemp(path.join(await fetch.into(), 'git-'));
  const tooLarge = new AbortController();
  const signal = AbortSignal.any([tooLarge.signal, ...(fetch.signal ? [fetch.signal] : [])]);
  const options: GitOptions = { environment, cwd, protocols, signal };
  const run = async (...args: string[]): Promise<Buffer> => {
    const answer = await runGit(args, options);
    if (answer.ok) return answer.output;
    throw failure(answer, fetch, tooLarge.signal.aborted);
  };
  await run('init', '--quiet', '--bare', '--template=', '.');
  const measuring = new AbortController();
  const packs = path.join(cwd, 'objects', 'pack');
  const measured = measure(packs, fetch.maxBytes, { tooLarge, signal: measuring.signal });
  try {
    await run(
      ...(await pinned(fetch)),
      'fetch',
      '--quiet',
      '--depth=1',
      '--no-tags',
      '--no-recurse-submodules',
      '--',
      url,
      ref,
    );
    if ((await bytesIn(packs)) > fetch.maxBytes) throw tooLargeToFetch(`${fetch.at}/git/repository`, fetch.maxBytes);
    return { cwd, commit: (await run('rev-parse', '--verify', 'FETCH_HEAD^{commit}')).toString().trim() };
  } finally {
    measuring.abort();
    await measured;
  }
}

/**
 * Settings with which git reaches the addresses that were judged, and no others: neither by a name that leads elsewhere the
 * next time it is asked for, nor by a redirect. Behind a proxy it is the proxy that reaches them.
 */
async function pinned({ url, at, environment, isAllowed }: FetchOptions): Promise<string[]> {
  const { protocol, hostname, port } = new URL(url);
  if (protocol !== 'https:') return [];
  const settings = ['-c', 'http.followRedirects=false'];
  const pointer = `${at}/git/repository`;
  const host = hostname.replace(/^\[|\]$/g, '');
  const hasProxy = (environment['HTTPS_PROXY'] ?? environment['https_proxy'] ?? '') !== '';
  if (hasProxy && isIP(host) === 0) return settings;
  const addresses = await allowedAddresses(host, pointer, isAllowed).catch((error: unknown) => {
    throw isDispatchError(error) ? error : unreachable(pointer, `cannot be found (${codeOf(error) ?? 'no address'})`);
  });
  if (isIP(host) !== 0) return settings;
  return [...settings, '-c', `http.curloptResolve=${host}:${port === '' ? '443' : port}:${addresses.join(',')}`];
}

/** A server says nothing of sizes beforehand. */
async function measure(
  directory: string,
  maxBytes: number,
  { tooLarge, signal }: { tooLarge: AbortController; signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await setTimeout(MEASURE_MS, undefined, { signal }).catch(() => undefined);
    if ((await bytesIn(directory)) > maxBytes) tooLarge.abort();
  }
}

async function bytesIn(directory: string): Promise<number> {
  const names = await readdir(directory).catch(() => []);
  // One may be renamed in between.
  const sizes = names.map((name) =>
    stat(path.join(directory, name)).then(
      ({ size }) => size,
      () => 0,
    ),
  );
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

function failure(
  { said, isMissing }: Extract<GitAnswer, { ok: false }>,
  fetch: FetchOptions,
  isTooLarge: boolean,
): Error {
  const pointer = `${fetch.at}/git/repository`;
  if (isMissing) return withoutGit(fetch.at);
  if (isTooLarge) return tooLargeToFetch(pointer, fetch.maxBytes);
  if (fetch.signal?.aborted === true) return unreachable(pointer, 'did not come in time');
  if (/couldn't find remote ref/.test(said))
    return unusable(`${fetch.at}/git/ref`, `names nothing in the repository: ${JSON.stringify(fetch.ref)}`);
  if (NEEDS_CREDENTIALS.test(said))
    return unusable(pointer, 'wants credentials, and none are used here: clone it and name the local path');
  // Git repeats the URL, which may hold what was meant to stay secret.
  return unreachable(pointer, `cannot be fetched (${said.replaceAll(/'?\bhttps?:\/\/\S+/g, 'it')})`);
}
