import { describe, expect, it } from '@jest/globals';
import { validate } from '@agent-dispatch/schemas';
import type { Caller, Explanation } from '../control-plane.js';
import type { CallerIdentity, Explained, Prepared } from './index.js';
import { CONFIG, intakeWith, NIMBUS, PROVIDERS } from './testdata/sources.js';

const intake = intakeWith();
const TASK = `task_${'0'.repeat(26)}`;

const EXACT = {
  provider: 'nimbus',
  account_profile: 'prod',
  capability: 'agent-runtime',
  task_type: 'agent.run',
  target: { mode: 'session', protocol: 'http', details: { endpoint: 'nim:two' } },
  input: { instruction: 'Count the stars.' },
};

function prepared(outcome: ReturnType<typeof intake.fromSpawn>): Prepared {
  expect(outcome.status).toBe('prepared');
  const result = outcome as Prepared;
  expect(validate('DispatchRequest', result.request)).toEqual([]);
  expect(JSON.parse(JSON.stringify(result.request))).toEqual(result.request);
  return result;
}

describe('the test data', () => {
  it('is valid by the contracts', () => {
    expect(validate('Config', CONFIG)).toEqual([]);
    expect(validate('ProviderManifest', NIMBUS)).toEqual([]);
  });
});

describe('a budget of a day', () => {
  const budgeted = intakeWith({ ...CONFIG, limits: { runtimeSecondsPerDay: 600 } });

  it('bounds the time of a task that asks for none', () => {
    expect(prepared(budgeted.fromSpawn({ instruction: 'Go.' })).request.limits.timeoutSeconds).toBe(600);
  });

  it('refuses a task that would never fit', () => {
    const refused = { code: 'AD_INPUT_INVALID', problems: [expect.objectContaining({ pointer: '/timeout_seconds' })] };
    expect(() => budgeted.fromSpawn({ instruction: 'Go.', timeout_seconds: 601 })).toThrow(
      expect.objectContaining({ ...refused, message: expect.stringContaining('the budget of a day is 600') }),
    );
  });

  it('of the account counts too', () => {
    const accounts = { ...CONFIG.accounts, dev: { provider: 'nimbus', region: 'north', runtimeSecondsPerDay: 60 } };
    const { request } = prepared(intakeWith({ ...CONFIG, accounts }).fromSpawn({ instruction: 'Go.' }));
    expect(request.limits.timeoutSeconds).toBe(60);
  });
});

it("an offer's own longest duration comes before the driver's", () => {
  const [first, ...others] = NIMBUS.drivers as [(typeof NIMBUS.drivers)[0]];
  const offers = first.offers.map((offer) => ({ ...offer, maximumDurationSeconds: 8000 }));
  const manifest = { ...NIMBUS, drivers: [{ ...first, offers }, ...others] };
  const longer = intakeWith(
    CONFIG,
    PROVIDERS.map((known) => (known.provider === NIMBUS.provider ? { ...known, manifest } : known)),
  );
  const { request } = prepared(longer.fromSpawn({ instruction: 'Go.', timeout_seconds: 8000 }));
  expect(request.limits.timeoutSeconds).toBe(8000);
  expect(() => longer.fromSpawn({ instruction: 'Go.', timeout_seconds: 8001 })).toThrow('at most 8000');
});

describe('fromSpawn', () => {
  it('fills in the default runtime profile', () => {
    const { request, route, deadlineSeconds, idempotency } = prepared(intake.fromSpawn({ instruction: 'Go.' }));
    expect(request).toEqual({
      taskType: 'agent.run',
      capability: 'agent-runtime',
      driver: 'agents',
      account: 'dev',
      runtime: 'research',
      target: { mode: 'session', protocol: 'a2a', details: { endpoint: 'nim:one' } },
      input: { instruction: 'Go.' },
      labels: { team: 'blue', kind: 'research' },
      limits: { idleSeconds: 60, maxConcurrent: 3, timeoutSeconds: 3600, provisionSeconds: 600 },
      retry: { maxAttempts: 1 },
    });
    expect(route).toEqual({
      provider: 'nimbus',
      driver: 'agents',
      account: 'dev',
      accountDigest: Buffer.from('dev').toString('hex').padEnd(64, '0'),
      manifestDigest: 'a'.repeat(64),
      spokenBy: 'host',
      resume: false,
      startIdempotent: false,
      settleSeconds: 30,
      reason: 'nimbus/agents offers agent.run in target mode session over a2a for account profile "dev".',
    });
    expect(deadlineSeconds).toBe(3600);
    expect(idempotency).toBeUndefined();
  });

  it('lets whatever the caller gives win, and merges labels and details', () => {
    const { request, route, deadlineSeconds } = prepared(
      intake.fromSpawn(
        {
          instruction: 'Go.',
          runtime: 'research',
          protocol: 'http',
          model: 'large',
          account_profile: 'prod',
          target_details: { endpoint: 'nim:three' },
          context: { topic: 'rain' },
          output_schema: { type: 'object' },
          labels: { team: 'red', extra: 'yes' },
          group: 'night',
          parent: TASK,
          timeout_seconds: 7200,
          wait_seconds: 5,
        },
        { client: { name: 'lead', version: '1' } },
      ),
    );
    expect(request).toMatchObject({
      account: 'prod',
      model: 'large',
      target: { mode: 'session', protocol: 'http', details: { endpoint: 'nim:three' } },
      input: { instruction: 'Go.', context: { topic: 'rain' }, outputSchema: { type: 'object' } },
      labels: { team: 'red', kind: 'research', extra: 'yes' },
      group: 'night',
      parent: TASK,
      limits: { timeoutSeconds: 7200, idleSeconds: 60 },
      client: { name: 'lead', version: '1' },
    });
    expect(request).not.toHaveProperty('wait_seconds');
    expect(route.account).toBe('prod');
    expect(deadlineSeconds).toBe(7200);
  });

  it('takes secrets, environment and retry from the profile, and derives driver, capability and protocol', () => {
    const { request, route } = prepared(
      intake.fromSpawn({
        instruction: 'Go.',
        runtime: 'fresh',
        context: { repository: 'r', 'a/b': null },
        target_details: { image: 'i', size: 'small' },
        inputs: [{ path: 'notes/a.txt', text: 'hello' }],
      }),
    );
    expect(request).toMatchObject({
      capability: 'agent-runtime',
      target: { mode: 'runtime', protocol: 'http' },
      input: { environment: { LANGUAGE: 'en' } },
      secrets: { MODEL_KEY: { source: 'environment', name: 'MODEL_KEY' } },
      retry: { maxAttempts: 2 },
    });
    expect(request).not.toHaveProperty('driver');
    expect(route).toMatchObject({ driver: 'agents', resume: true });
  });

  it('takes the only runtime there is when none is named and there is no default', () => {
    const solo = {
      account: 'dev',
      target: { mode: 'session' as const, protocol: 'http' as const, details: { endpoint: 'nim:one' } },
    };
    const single = intakeWith({ accounts: CONFIG.accounts, runtimes: { solo } });
    expect(prepared(single.fromSpawn({ instruction: 'Go.' })).request.runtime).toBe('solo');
  });

  it('keeps nothing of the caller: a later change of its object changes no request', () => {
    const context = { topic: 'rain' };
    const { request } = prepared(intake.fromSpawn({ instruction: 'Go.', context }));
    context.topic = 'snow';
    expect(request.input.context).toEqual({ topic: 'rain' });
  });

  it('treats names such as constructor and __proto__ as any other name', () => {
    const context = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}') as object;
    const { request } = prepared(intake.fromSpawn({ instruction: 'Go.', context }));
    expect(Object.keys(request.input.context ?? {})).toEqual(['__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('takes parts that say nothing for absent', () => {
    expect(prepared(intake.fromSpawn({ instruction: 'Go.', inputs: [], artifacts: [], tools: {} })).route.driver).toBe(
      'agents',
    );
  });
});

describe('fromDispatch', () => {
  it('takes every choice from the caller and none from a runtime profile', () => {
    const { request, route } = prepared(intake.fromDispatch({ ...EXACT, wait_seconds: 1, explain: false }));
    expect(request).toEqual({
      taskType: 'agent.run',
      capability: 'agent-runtime',
      provider: 'nimbus',
      account: 'prod',
      target: { mode: 'session', protocol: 'http', details: { endpoint: 'nim:two' } },
      input: { instruction: 'Count the stars.' },
      limits: { timeoutSeconds: 3600, provisionSeconds: 600 },
      retry: { maxAttempts: 1 },
    });
    expect(route).toMatchObject({ provider: 'nimbus', driver: 'agents', account: 'prod' });
  });

  it('turns snake_case arguments into the request for a command', () => {
    const { request, route, deadlineSeconds } = prepared(
      intake.fromDispatch({
        ...EXACT,
        driver: 'quick',
        capability: 'job-runner',
        task_type: 'command.run',
        target: { mode: 'job', protocol: 'stdio' },
        input: {
          command: ['ls', '-l'],
          shell: false,
          working_directory: 'src',
          environment: { LANG: 'C' },
          artifacts: ['out/**'],
        },
      }),
    );
    expect(request.input).toEqual({
      command: ['ls', '-l'],
      shell: false,
      workingDirectory: 'src',
      environment: { LANG: 'C' },
      artifacts: ['out/**'],
    });
    expect(request.target.details).toEqual({});
    expect(route).toMatchObject({
      driver: 'quick',
      spokenBy: 'driver',
      resume: true,
      startIdempotent: true,
      settleSeconds: 0,
    });
    expect(deadlineSeconds).toBe(900);
  });
});

describe('idempotency', () => {
  const keyed = (input: object, caller?: CallerIdentity): Prepared['idempotency'] =>
    prepared(intake.fromSpawn({ instruction: 'Go.', ...input }, caller)).idempotency;

  it('prefers the explicit key to the call id of the client', () => {
    expect(keyed({ idempotency_key: 'k1' }, { client: { name: 'lead' }, callId: 'c1' })?.key).toBe('key:k1');
    expect(keyed({}, { client: { name: 'lead' }, callId: 'c1' })?.key).toBe('call:lead:c1');
    expect(keyed({}, { client: { name: 'lead' } })).toBeUndefined();
  });

  it('hashes what is asked, not who asks, how long the call waits, or in which order it is written', () => {
    const first = keyed({ idempotency_key: 'k', context: { a: 1, b: 2 } }, { client: { name: 'lead' } });
    const second = keyed({ context: { b: 2, a: 1 }, idempotency_key: 'k', wait_seconds: 9 }, { client: { name: 'x' } });
    expect(first?.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(second).toEqual(first);
    expect(keyed({ idempotency_key: 'k', context: { a: 1 } })?.hash).not.toBe(first?.hash);
  });
});

describe('explain', () => {
  it('gives the decision with every rejected candidate, and starts nothing', () => {
    const explained = intake.explainSpawn({ instruction: 'Go.' });
    expect(explained).toEqual({
      status: 'explained',
      route: {
        provider: 'nimbus',
        driver: 'agents',
        account_profile: 'dev',
        reason: 'nimbus/agents offers agent.run in target mode session over a2a for account profile "dev".',
        rejected: [
          {
            provider: 'nimbus',
            driver: 'quick',
            reasons: [
              'driver "agents" is asked for',
              'capability agent-runtime: offers job-runner',
              'task type agent.run: offers command.run',
              'target mode session: offers job',
              'protocol a2a: offers stdio',
            ],
          },
          { provider: 'ready2', driver: 'agents', reasons: ['account profile "dev" belongs to provider nimbus'] },
          {
            provider: 'farcloud',
            driver: 'agents',
            reasons: [
              'not installed: run `agentdispatch plugins install @acme/provider-farcloud`',
              'account profile "dev" belongs to provider nimbus',
            ],
          },
          {
            provider: 'cracked',
            driver: 'agents',
            reasons: [
              'plugin @acme/provider-cracked is broken: The plugin threw. (AD_PLUGIN_LOAD)',
              'account profile "dev" belongs to provider nimbus',
            ],
          },
        ],
      },
    });
    expect(validate('DispatchTaskOutput', explained)).toEqual([]);
  });

  it('answers where fromDispatch would refuse for want of a route', () => {
    const explained = intake.explainDispatch({ ...EXACT, target: { mode: 'service', protocol: 'mcp' } });
    expect(explained.route.driver).toBeUndefined();
    expect(explained.route.rejected[0]?.reasons).toEqual([
      'target mode service: offers session',
      'protocol mcp: offers http, a2a',
    ]);
  });

  it('tells beside the route what would be asked first', () => {
    const explained = intake.explainSpawn({ runtime: 'open' });
    expect(explained.route).toMatchObject({ driver: 'agents' });
    expect(explained.clarification?.questions.map(({ id }) => id)).toEqual(['instruction', 'protocol']);
    const unsure = intakeWith({ ...CONFIG, defaults: {} }).explainSpawn({});
    expect(unsure.route).toEqual({ reason: 'No runtime is chosen yet.', rejected: [] });
    expect(unsure.clarification?.questions.map(({ id }) => id)).toEqual(['runtime', 'instruction']);
  });

  it('speaks the types of the control plane', () => {
    const caller: Caller = { client: { name: 'lead' } };
    const explanation: Explanation = intake.explainSpawn({ instruction: 'Go.' }, caller) satisfies Explained;
    expect(explanation.status).toBe('explained');
  });
});

describe('several plugins of one provider', () => {
  it('records the digest of the usable one', () => {
    const broken = PROVIDERS.slice(0, 1).map((known) => ({
      ...known,
      state: 'broken' as const,
      manifestDigest: 'b'.repeat(64),
    }));
    const both = intakeWith(CONFIG, [...broken, ...PROVIDERS]);
    expect(prepared(both.fromSpawn({ instruction: 'Go.' })).route.manifestDigest).toBe('a'.repeat(64));
  });
});
