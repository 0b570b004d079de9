// list_runtimes, checks and routing decisions as text.
import type { CheckCloudAgentRuntimeOutput, ListRuntimesOutput } from '@agent-dispatch/schemas';
import type { Explanation } from '@agent-dispatch/core';
import { inOneLine } from '@agent-dispatch/core/errors';
import { oneLine } from './terminal-text.js';
import { table } from './table.js';

type Check = CheckCloudAgentRuntimeOutput['checks'][number];

export function renderRuntimes({ runtimes, account_profiles: accounts, providers }: ListRuntimesOutput): string {
  const runtimeRows = runtimes.map((runtime) => [
    `${runtime.name}${runtime.default === true ? ' (default)' : ''}`,
    `${runtime.provider ?? '?'}/${runtime.driver ?? '?'}`,
    runtime.account_profile,
    [runtime.target_mode, runtime.protocol].filter((part) => part !== undefined).join(' over '),
    runtime.usable ? 'yes' : `no: ${runtime.reason ?? 'unknown reason'}`,
  ]);
  const accountRows = accounts.map(({ name, provider, usable = true, reason }) => [
    name,
    provider,
    usable ? 'yes' : `no: ${reason ?? 'unknown reason'}`,
  ]);
  const providerRows = providers.map(({ provider, package: packageName, version, source, state, error }) => [
    provider,
    [packageName, version].filter((part) => part !== undefined && part !== '').join(' '),
    source,
    error === undefined ? state : `${state}: ${inOneLine(error)}`,
  ]);
  return [
    runtimes.length === 0
      ? 'No runtime is configured: run `agentdispatch init`.'
      : table(['RUNTIME', 'DRIVER', 'ACCOUNT', 'TARGET', 'USABLE'], runtimeRows),
    table(['ACCOUNT', 'PROVIDER', 'USABLE'], accountRows),
    table(['PROVIDER', 'PACKAGE', 'SOURCE', 'STATE'], providerRows),
  ].join('\n\n');
}

export function renderChecks(checks: readonly Check[]): string {
  const rows = checks.map(({ status, name, message, fix }) => [
    status.toUpperCase(),
    name,
    fix === undefined || status === 'pass' ? message : inOneLine({ message, hint: fix }),
  ]);
  return table(['CHECK', 'WHAT', 'FINDING'], rows);
}

export function renderExplanation({ route, clarification }: Explanation): string {
  const { provider, driver, account_profile: account, reason, rejected } = route;
  const chosen =
    provider === undefined ? 'No driver fits.' : `${provider}/${driver ?? '?'} with account ${account ?? '?'}`;
  const rejections = rejected.flatMap((candidate) =>
    candidate.reasons.map((why) => `  not ${candidate.provider}${slash(candidate.driver)}: ${oneLine(why)}`),
  );
  const questions = clarification?.questions.map(({ question }) => `  would ask: ${oneLine(question)}`) ?? [];
  return [chosen, `  ${oneLine(reason)}`, ...rejections, ...questions].join('\n');
}

const slash = (driver: string | undefined): string => (driver === undefined ? '' : `/${driver}`);
