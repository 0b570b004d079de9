// Names in a configuration that refer to other parts of it. Looks at any JSON value, so that these problems are told
// together with those of the schema. What only a provider's manifest can tell is checked in plugins/check-profiles.ts.
import { escapePointer, nearest, type Problem } from '@agent-dispatch/schemas';
import { isRecord } from './record.js';

export function referenceProblems(config: unknown): Problem[] {
  const accounts = Object.keys(part(config, 'accounts'));
  const runtimes = Object.entries(part(config, 'runtimes'));
  const problems = runtimes.flatMap(([name, runtime]) =>
    missing('account profile', part(runtime)['account'], accounts, `/runtimes/${escapePointer(name)}/account`),
  );
  const names = runtimes.map(([name]) => name);
  return [...problems, ...missing('runtime profile', part(config, 'defaults')['runtime'], names, '/defaults/runtime')];
}

function missing(what: string, name: unknown, known: readonly string[], pointer: string): Problem[] {
  if (typeof name !== 'string' || known.includes(name)) return [];
  const meant = nearest(name, known);
  const hint = meant === undefined ? listed(what, known) : `did you mean "${meant}"?`;
  return [{ pointer, message: `there is no ${what} "${name}"`, hint }];
}

const listed = (what: string, known: readonly string[]): string =>
  known.length === 0 ? `no ${what} is configured` : `configured: ${known.join(', ')}`;

function part(value: unknown, key?: string): Record<string, unknown> {
  const inner = key !== undefined && isRecord(value) ? value[key] : value;
  return isRecord(inner) ? inner : {};
}
