import { describe, expect, it } from '@jest/globals';
import { validate } from '@agent-dispatch/schemas';
import fc from 'fast-check';
import { isDispatchError } from '../errors/index.js';
import { CONFIG, intakeWith } from './testdata/sources.js';

const intake = intakeWith({ ...CONFIG, policy: { credentials: 'redact' } });
const OPERATIONS = ['fromSpawn', 'fromDispatch', 'explainSpawn', 'explainDispatch'] as const;
const CONTRACTS = { needs_clarification: 'Clarification', explained: 'DispatchTaskOutput' } as const;

/** Each operation answers by a contract, or refuses with a coded error by its contract. Says how each ended. */
function expectManners(input: unknown): string[] {
  return OPERATIONS.map((operation) => {
    try {
      const outcome = intake[operation](input);
      const problems =
        outcome.status === 'prepared'
          ? validate('DispatchRequest', outcome.request)
          : validate(CONTRACTS[outcome.status], outcome);
      expect(problems).toEqual([]);
      return outcome.status;
    } catch (error) {
      if (!isDispatchError(error)) throw error;
      expect(validate('DispatchErrorJson', error.toJSON())).toEqual([]);
      expect(error.fault).not.toBe('host');
      return error.code;
    }
  });
}

const some = <Value>(...values: Value[]): fc.Arbitrary<Value> => fc.constantFrom(...values);
const details = fc.oneof(
  fc.record({ endpoint: some('nim:one', 'nim:two', 'ftp:x') }, { requiredKeys: [] }),
  fc.record({ image: fc.string(), size: some('small', 'huge') }, { requiredKeys: [] }),
);
const facts = fc.record({ repository: fc.jsonValue(), 'a/b': fc.string(), '': fc.string() }, { requiredKeys: [] });
const file = fc.oneof(
  fc.record({ path: some('a', 'b/c', '../d'), text: fc.string() }),
  fc.record({ path: some('e', 'f'), file: some('/g', 'h') }),
);
const envelope = {
  model: fc.string({ minLength: 1 }),
  labels: fc.dictionary(some('team', 'kind', 'a/b'), fc.string({ maxLength: 260 })),
  timeout_seconds: some(1, 900, 3600, 7201),
  idempotency_key: fc.string({ minLength: 1 }),
};
const spawn = fc.record(
  {
    ...envelope,
    instruction: fc.string(),
    runtime: some('research', 'open', 'fresh', 'framed', 'slow', 'far', 'reserch', '__proto__'),
    account_profile: some('dev', 'prod', 'far', 'other', 'nobody'),
    context: facts,
    target_details: details,
    protocol: some('http', 'http', 'a2a', 'mcp'),
    tools: some<object>({}, {}, {}, { web: true }),
  },
  { requiredKeys: ['instruction'] },
);
const dispatch = fc.record(
  {
    ...envelope,
    provider: some('nimbus', 'nimbus', 'ready2', 'farcloud'),
    account_profile: some('dev', 'dev', 'other', 'far'),
    capability: some('agent-runtime', 'job-runner'),
    task_type: some('agent.run', 'command.run'),
    target: fc.record(
      { mode: some('session', 'runtime', 'job'), protocol: some('http', 'stdio'), details },
      { requiredKeys: ['mode', 'protocol'] },
    ),
    input: fc.record(
      {
        instruction: fc.string(),
        command: fc.array(fc.string(), { minLength: 1 }),
        inputs: fc.array(file, { maxLength: 2 }),
      },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['provider', 'account_profile', 'capability', 'task_type', 'target', 'input'] },
);

describe('intake', () => {
  it('answers any JSON value by its contracts, and throws nothing but coded errors', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (input) => void expectManners(input)),
      { numRuns: 100 },
    );
  });

  it('answers any value at all by its contracts, and throws nothing but coded errors', () => {
    const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true });
    fc.assert(
      fc.property(anything, (input) => void expectManners(input)),
      { numRuns: 100 },
    );
  });

  it('answers plausible calls by its contracts, and throws nothing but coded errors', () => {
    const endings = new Set<string>();
    const collect = (input: unknown): void => expectManners(input).forEach((ending) => endings.add(ending));
    // The seed is fixed so that the variety asserted below is that of the generators and no matter of luck.
    fc.assert(fc.property(fc.oneof(spawn, dispatch), collect), { numRuns: 400, seed: 20 });
    expect([...endings]).toEqual(
      expect.arrayContaining([
        'prepared',
        'needs_clarification',
        'explained',
        'AD_INPUT_INVALID',
        'AD_INPUT_UNSUPPORTED',
        'AD_ROUTE_NO_MATCH',
        'AD_ROUTE_UNKNOWN_RUNTIME',
        'AD_ROUTE_UNKNOWN_ACCOUNT',
        'AD_ROUTE_ACCOUNT_MISMATCH',
        'AD_PROVIDER_TARGET_INVALID',
        'AD_PLUGIN_NOT_INSTALLED',
      ]),
    );
  });
});
