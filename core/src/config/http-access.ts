// Who may call over HTTP, from the `mcp.http` part of the configuration: the tokens, resolved, and the names by which the
// server is reached. For the process that listens; nothing here is stored or sent on.
import type { SecretReference } from '@agent-dispatch/schemas';
import { DispatchError, isDispatchError } from '../errors/index.js';
import type { LoadedConfig } from './loaded-config.js';
import { locateProblems } from './located-problem.js';
import { SecretResolver } from './secrets.js';
import type { Environment } from './state-dir.js';

export interface HttpAccess {
  /** At least one. Values are secret. */
  tokens: readonly { subject: string; token: string }[];
  /** Host names without port. */
  allowedHosts: readonly string[];
  allowedOrigins: readonly string[];
}

/** Shorter ones could be found by trying. Characters. */
const SHORTEST = 16;
/** What a client can send at all, by RFC 6750. */
const SENDABLE = /^[A-Za-z0-9._~+/-]+=*$/;
const HINT = 'Make a token of its own for each subject, for example with `openssl rand -hex 32`.';

interface Found {
  pointer: string;
  subject: string;
  token?: string;
  problem?: string;
}

/**
 * Errors: AD_CONFIG_HTTP_ACCESS when there is no token; AD_CONFIG_SECRET_UNRESOLVED, AD_CONFIG_INVALID for tokens that
 * cannot be had or are none. Never with a value in it.
 */
export async function httpAccess(loaded: LoadedConfig, env: Environment): Promise<HttpAccess> {
  const { tokens = [], allowedHosts = [], allowedOrigins = [] } = loaded.config.mcp?.http ?? {};
  if (tokens.length === 0) throw noTokens(loaded);
  const resolver = new SecretResolver({ env, baseDir: loaded.baseDir });
  const found = await Promise.all(
    tokens.map(async ({ subject, token }, index): Promise<Found> => {
      const pointer = `/mcp/http/tokens/${String(index)}/token`;
      return { pointer, subject, ...(await resolved(resolver, subject, token)) };
    }),
  );
  refuse(loaded, 'AD_CONFIG_SECRET_UNRESOLVED', found);
  const checked = found.map((one, index) => ({ ...one, ...unusable(one.token ?? '', found.slice(0, index)) }));
  refuse(loaded, 'AD_CONFIG_INVALID', checked);
  return { tokens: found.map(({ subject, token = '' }) => ({ subject, token })), allowedHosts, allowedOrigins };
}

async function resolved(
  resolver: SecretResolver,
  subject: string,
  reference: SecretReference,
): Promise<Pick<Found, 'token' | 'problem'>> {
  try {
    const { [subject]: token } = await resolver.resolve({ [subject]: reference });
    return token === undefined ? {} : { token };
  } catch (error) {
    if (!isDispatchError(error) || error.code !== 'AD_CONFIG_SECRET_UNRESOLVED') throw error;
    return { problem: error.problems?.[0]?.message ?? error.message };
  }
}

function unusable(token: string, before: readonly Found[]): Pick<Found, 'problem'> {
  if (before.some((other) => other.token === token)) return { problem: 'is the token of another entry, too' };
  if (!SENDABLE.test(token)) return { problem: 'holds characters that no client can send as a bearer token' };
  return token.length < SHORTEST ? { problem: `is shorter than ${String(SHORTEST)} characters` } : {};
}

function refuse(
  places: Pick<LoadedConfig, 'locate'>,
  code: 'AD_CONFIG_SECRET_UNRESOLVED' | 'AD_CONFIG_INVALID',
  found: readonly Found[],
): void {
  const wrong = found.flatMap(({ pointer, subject, problem }) =>
    problem === undefined ? [] : [{ pointer, subject, message: problem }],
  );
  if (wrong.length === 0) return;
  const told = wrong.map(({ subject, message }) => `token of ${subject}: ${message}`).join('; ');
  const problems = locateProblems(
    wrong.map(({ pointer, message }) => ({ pointer, message })),
    places,
  );
  throw new DispatchError(code, `MCP cannot be served over HTTP: ${told}.`, {
    problems,
    ...(code === 'AD_CONFIG_INVALID' && { hint: HINT }),
  });
}

const noTokens = ({ file }: LoadedConfig): DispatchError =>
  new DispatchError(
    'AD_CONFIG_HTTP_ACCESS',
    `MCP is not served over HTTP without a token, and ${file ?? 'the built-in configuration'} names none.`,
    {
      hint: `Put {"mcp":{"http":{"tokens":[{"subject":"alice","token":{"source":"environment","name":"ALICE_TOKEN"}}]}}} into ${
        file ?? 'a configuration (`agentdispatch init` makes one)'
      }, and set the variable. ${HINT}`,
    },
  );
