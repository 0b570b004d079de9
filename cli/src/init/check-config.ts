// Whether a new configuration could be used: loaded as any other, held against the manifests, and free of credentials.
import { DispatchError, isDispatchError } from '@agent-dispatch/core/errors';
import type { Config, Problem } from '@agent-dispatch/schemas';
import { pluginHost, readConfiguration } from '../front-door.js';

/** Errors: AD_POLICY_CREDENTIALS; the values themselves are not repeated. */
export async function refuseCredentials(config: Config): Promise<void> {
  const { detectCredentials } = await import('@agent-dispatch/core');
  const problems = detectCredentials(config).map(({ pointer, rule }) => ({
    pointer,
    message: `looks like a credential (${rule})`,
  }));
  if (problems.length === 0) return;
  throw new DispatchError('AD_POLICY_CREDENTIALS', 'A configuration holds no credentials; nothing was written.', {
    hint: 'Name the place of the credential instead: a profile, an environment variable, a file or a command.',
    problems,
  });
}

/**
 * @param file not yet under its real name, so problems are told without it.
 * Errors: AD_INPUT_INVALID with every problem. That a provider is not installed yet is none.
 */
export async function checkNewConfig(file: string): Promise<void> {
  const problems = await problemsOf(file);
  if (problems.length === 0) return;
  throw new DispatchError('AD_INPUT_INVALID', 'The configuration would not be valid; nothing was written.', {
    hint: 'Correct the values named in problems and repeat.',
    problems: problems.map(({ pointer, message, hint }) => ({ pointer, message, ...(hint !== undefined && { hint }) })),
  });
}

async function problemsOf(file: string): Promise<readonly Problem[]> {
  try {
    const config = await readConfiguration({ config: file });
    const { checkProfiles } = await import('@agent-dispatch/core');
    const host = await pluginHost(config);
    const { accounts, runtimes } = checkProfiles(config, host);
    const absent = host
      .providers()
      .filter(({ state }) => state === 'not-installed')
      .map(({ error }) => error?.message);
    return [...accounts, ...runtimes]
      .flatMap((profile) => profile.problems)
      .filter(({ message }) => !absent.includes(message));
  } catch (error) {
    if (isDispatchError(error) && error.problems !== undefined) return error.problems;
    throw error;
  }
}
