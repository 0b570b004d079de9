// Whether a runtime profile can be routed at all, and whether its target details are right as far as they go. Asks the
// router itself, so that a profile is never judged differently here and when a task comes.
import { escapePointer, type ConfigRuntime, type Problem } from '@agent-dispatch/schemas';
import { match, type Dimension, type Reason, type RequestPart, type RouteMatch } from '../routing/index.js';
import type { KnownProvider } from './known-provider.js';
import { settingsProblems } from './settings.js';

/** Where in the profile a reason of the router points. */
const PLACES: Readonly<Record<Exclude<Dimension, 'part'>, string>> = {
  state: '/account',
  provider: '/account',
  account: '/account',
  driver: '/driver',
  capability: '/capability',
  taskType: '/taskType',
  targetMode: '/target/mode',
  protocol: '/target/protocol',
  details: '/target/details',
  rank: '',
};

/** The parts of a request that a profile itself brings, and under which name. */
const PARTS: Partial<Record<RequestPart, keyof ConfigRuntime>> = {
  framework: 'framework',
  model: 'model',
  environment: 'environment',
  secrets: 'secrets',
  context: 'requiredInputs',
};

export function runtimeProblems(
  runtime: ConfigRuntime,
  known: KnownProvider | undefined,
  provider: string,
  pointer: string,
): Problem[] {
  if (known === undefined) return [{ pointer: `${pointer}/account`, message: `there is no provider "${provider}"` }];
  const unusable = known.error && {
    pointer: `${pointer}/account`,
    message: known.error.message,
    hint: known.error.hint,
  };
  const { manifest } = known;
  const problems = unusable === undefined ? [] : [unusable];
  if (manifest === undefined) return problems;
  // Judged as if it were there: what is wrong beside its absence is told at once.
  const { matches, rejected } = match(queryOf(runtime, provider), [{ provider, manifest, state: 'ready' }]);
  if (matches.length > 0) return [...problems, ...detailProblems(runtime, matches, pointer)];
  const asked = rejected.filter(({ driver }) => runtime.driver === undefined || driver === runtime.driver);
  const told = (asked.length > 0 ? asked : rejected).flatMap(({ driver, reasons }) =>
    reasons.map((reason) => problemFrom(reason, driver === undefined ? provider : `${provider}/${driver}`, pointer)),
  );
  return [...problems, ...told];
}

function queryOf(runtime: ConfigRuntime, provider: string): Parameters<typeof match>[0] {
  const { driver, capability, target } = runtime;
  return {
    ...(driver !== undefined && { driver }),
    ...(capability !== undefined && { capability }),
    account: { name: runtime.account, provider },
    taskType: runtime.taskType ?? 'agent.run',
    target: { mode: target.mode, ...(target.protocol !== undefined && { protocol: target.protocol }) },
    uses: Object.entries(PARTS)
      .filter(([, name]) => isUsed(runtime[name]))
      .map(([part]) => part as RequestPart),
  };
}

const isUsed = (value: unknown): boolean =>
  value !== undefined && !(typeof value === 'object' && value !== null && Object.keys(value).length === 0);

function problemFrom({ about, text, meant, part }: Reason, driver: string, pointer: string): Problem {
  const place = about === 'part' ? `/${escapePointer((part && PARTS[part]) ?? '')}` : PLACES[about];
  const hint = meant === undefined ? {} : { hint: `did you mean "${meant}"?` };
  return { pointer: `${pointer}${place}`, message: `${driver}: ${text}`, ...hint };
}

/** What is required and missing a request may still give. Of several drivers that fit, one must take the details. */
function detailProblems({ target }: ConfigRuntime, matches: readonly RouteMatch[], pointer: string): Problem[] {
  const judged = [...new Set(matches.map(({ driver }) => driver))].map(({ targets }) => {
    const schema = targets[target.mode];
    const place = `${pointer}/target/details`;
    return schema === undefined
      ? []
      : settingsProblems(schema, target.details ?? {}, { pointer: place, partial: true });
  });
  return judged.find((problems) => problems.length === 0) ?? judged[0] ?? [];
}
