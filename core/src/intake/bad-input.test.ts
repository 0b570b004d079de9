import { describe, expect, it } from '@jest/globals';
import { validate, type Config, type Problem } from '@agent-dispatch/schemas';
import type { ErrorCode } from '../errors/index.js';
import { MAX_CALL_BYTES, MAX_INSTRUCTION_BYTES } from './index.js';
import { failureOf } from './testdata/failure.js';
import { CONFIG, intakeWith, PROVIDERS } from './testdata/sources.js';

const intake = intakeWith();
const SECRET = ['ghp', 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0xL2nR6'].join('_');

const EXACT = {
  provider: 'nimbus',
  account_profile: 'dev',
  capability: 'agent-runtime',
  task_type: 'agent.run',
  target: { mode: 'session', protocol: 'http', details: { endpoint: 'nim:two' } },
  input: { instruction: 'Count the stars.' },
};

interface Refusal {
  name: string;
  input: unknown;
  code: ErrorCode;
  /** Pointer of each problem, in order. */
  at: string[];
  /** Parts of message, hint and problems, in any place. */
  says?: string[];
}

function expectRefusal(act: () => unknown, { code, at, says = [] }: Omit<Refusal, 'input' | 'name'>): void {
  const failure = failureOf(act);
  expect({ code: failure.code, at: (failure.problems ?? []).map(({ pointer }: Problem) => pointer) }).toEqual({
    code,
    at,
  });
  expect(validate('DispatchErrorJson', failure.toJSON())).toEqual([]);
  expect(failure.hint).not.toBe('');
  const told = JSON.stringify(failure);
  for (const part of says) expect(told).toContain(part);
}

const spawns: Refusal[] = [
  { name: 'no object', input: 'go', code: 'AD_INPUT_INVALID', at: [''], says: ['must be object'] },
  { name: 'nothing at all', input: undefined, code: 'AD_INPUT_INVALID', at: [''] },
  {
    name: 'unknown and mistyped arguments, all at once',
    input: { instructions: 'Go.', runtime: 7, labels: { a: 1 }, wait_seconds: 99, timeout_seconds: 0 },
    code: 'AD_INPUT_INVALID',
    at: ['/instructions', '/runtime', '/labels/a', '/timeout_seconds', '/wait_seconds'],
    says: ['did you mean \\"instruction\\"?'],
  },
  {
    name: 'what the request cannot carry, beside what the tool refuses',
    input: {
      surplus: 1,
      labels: { 'not a label!': 'x' },
      group: 'g'.repeat(200),
      continue_from: 'task_1',
      parent: '../x',
    },
    code: 'AD_INPUT_INVALID',
    at: ['/surplus', '/continue_from', '/parent', '/group', '/labels'],
    says: ['is no task id', 'list_tasks'],
  },
  {
    name: 'a value that is no JSON',
    input: { instruction: 'Go.', context: { size: 10n } },
    code: 'AD_INPUT_INVALID',
    at: [''],
    says: ['is no JSON value'],
  },
  {
    name: 'file names that leave the working directory or name no local file',
    input: {
      instruction: 'Go.',
      inputs: [
        { path: '../up', text: 'x' },
        { path: '/etc/x', text: 'x' },
        { path: 'C:\\x', text: 'x' },
        { path: '\\\\host\\x', text: 'x' },
        { path: 'a', file: 'relative' },
        { path: 'b' },
        { path: './b', text: 'x', file: '/y' },
      ],
      artifacts: ['out/**', '../*'],
    },
    code: 'AD_INPUT_INVALID',
    at: [
      '/inputs/0/path',
      '/inputs/1/path',
      '/inputs/2/path',
      '/inputs/3/path',
      '/inputs/4/file',
      '/inputs/5',
      '/inputs/6',
      '/inputs/6/path',
      '/artifacts/1',
    ],
  },
  {
    name: 'inputs that do not fit their contract',
    input: {
      instruction: 'Go.',
      inputs: [
        { path: 'a', text: 'x', sha256: 'short' },
        { path: 'b', git: {} },
      ],
    },
    code: 'AD_INPUT_INVALID',
    at: ['/inputs/1/git/repository', '/inputs/0/sha256'],
  },
  {
    name: 'inputs from nowhere, from several places, or without a name of their own',
    input: {
      instruction: 'Go.',
      inputs: [
        { path: 'a' },
        { path: 'b', text: 'x', uri: 'file:///b' },
        { path: 'c', directory: 'relative' },
        { path: '.', text: 'x' },
        { path: 'd', directory: '/d', sha256: '0'.repeat(64) },
      ],
    },
    code: 'AD_INPUT_INVALID',
    at: ['/inputs/0', '/inputs/1', '/inputs/2/directory', '/inputs/3/path', '/inputs/4/sha256'],
    says: ['exactly one of'],
  },
  {
    name: 'URIs that name no file here, or another machine without a digest or safely',
    input: {
      instruction: 'Go.',
      inputs: [
        { path: 'a', uri: 'file://elsewhere/x' },
        { path: 'b', uri: 'https://example.com/b' },
        { path: 'c', uri: 'http://example.com/c', sha256: '0'.repeat(64) },
        { path: 'd', uri: 'https://somebody@example.com/d', sha256: '0'.repeat(64) },
        { path: 'e', uri: 'nonsense', sha256: '0'.repeat(64) },
        { path: 'f', git: { repository: 'git@example.com:a/b.git' } },
        { path: 'g', git: { repository: '/g', ref: '--upload-pack=x' } },
        { path: 'h', git: { repository: '../h' } },
      ],
    },
    code: 'AD_INPUT_INVALID',
    at: [
      '/inputs/0/uri',
      '/inputs/1/sha256',
      '/inputs/2/uri',
      '/inputs/3/uri',
      '/inputs/4/uri',
      '/inputs/5/git/repository',
      '/inputs/6/git/ref',
      '/inputs/7/git/repository',
    ],
  },
  {
    name: 'an instruction one byte over its limit',
    input: { instruction: 'x'.repeat(MAX_INSTRUCTION_BYTES + 1) },
    code: 'AD_INPUT_TOO_LARGE',
    at: ['/instruction'],
    says: ['4194305', '4194304'],
  },
  {
    name: 'an instruction over its limit in bytes though not in characters',
    input: { instruction: 'é'.repeat(MAX_INSTRUCTION_BYTES / 2 + 1) },
    code: 'AD_INPUT_TOO_LARGE',
    at: ['/instruction'],
  },
  {
    name: 'a request over its limit, by its largest argument',
    input: { instruction: 'Go.', context: { bulk: 'x'.repeat(MAX_CALL_BYTES) }, labels: {} },
    code: 'AD_INPUT_TOO_LARGE',
    at: ['/context'],
    says: ['8388608'],
  },
  {
    name: 'an unknown runtime',
    input: { instruction: 'Go.', runtime: 'reserch' },
    code: 'AD_ROUTE_UNKNOWN_RUNTIME',
    at: ['/runtime'],
    says: ['Did you mean \\"research\\"?', 'open, fresh'],
  },
  {
    name: 'a runtime of an inherited name',
    input: { instruction: 'Go.', runtime: 'constructor' },
    code: 'AD_ROUTE_UNKNOWN_RUNTIME',
    at: ['/runtime'],
  },
  {
    name: 'a runtime that runs commands',
    input: { instruction: 'Go.', runtime: 'shell' },
    code: 'AD_INPUT_UNSUPPORTED',
    at: ['/runtime'],
    says: ['dispatch_task'],
  },
  {
    name: 'an unknown account profile',
    input: { instruction: 'Go.', account_profile: 'prd' },
    code: 'AD_ROUTE_UNKNOWN_ACCOUNT',
    at: ['/account_profile'],
    says: ['Did you mean \\"prod\\"?'],
  },
  {
    name: 'an account profile of another provider',
    input: { instruction: 'Go.', account_profile: 'other' },
    code: 'AD_ROUTE_ACCOUNT_MISMATCH',
    at: ['/account_profile'],
    says: ['ready2', 'nimbus', 'research'],
  },
  {
    name: 'a protocol that is not offered',
    input: { instruction: 'Go.', protocol: 'mcp' },
    code: 'AD_ROUTE_NO_MATCH',
    at: ['/protocol'],
    says: ['protocol mcp: offers http, a2a', 'rejected', 'quick'],
  },
  {
    name: 'parts that the driver does not honour, each by name',
    input: { instruction: 'Go.', tools: { web: true }, framework: 'x', inputs: [{ path: 'a', text: 'b' }] },
    code: 'AD_INPUT_UNSUPPORTED',
    at: ['/inputs', '/framework', '/tools'],
    says: ['rejected', 'accepts context, model, outputSchema'],
  },
  {
    name: 'a part that the runtime profile brings and the driver does not honour',
    input: { instruction: 'Go.', runtime: 'framed' },
    code: 'AD_INPUT_UNSUPPORTED',
    at: ['/runtime'],
    says: ['framework: not accepted', 'from runtime \\"framed\\"'],
  },
  {
    name: 'target details that the manifest refuses',
    input: { instruction: 'Go.', target_details: { endpoint: 'ftp:x', endpiont: 1 } },
    code: 'AD_PROVIDER_TARGET_INVALID',
    at: ['/target_details/endpiont', '/target_details/endpoint'],
    says: ['did you mean \\"endpoint\\"?', 'must match pattern'],
  },
  {
    name: 'target details of the runtime profile that the manifest refuses',
    input: { instruction: 'Go.', runtime: 'crooked' },
    code: 'AD_PROVIDER_TARGET_INVALID',
    at: ['/target_details/endpoint'],
    says: ['from runtime \\"crooked\\"'],
  },
  {
    name: 'a timeout over what the driver carries out',
    input: { instruction: 'Go.', timeout_seconds: 7201 },
    code: 'AD_INPUT_INVALID',
    at: ['/timeout_seconds'],
    says: ['7200'],
  },
  {
    name: 'a timeout of the runtime profile over what the driver carries out',
    input: { instruction: 'Go.', runtime: 'slow' },
    code: 'AD_INPUT_INVALID',
    at: ['/runtime'],
    says: ['9000', '7200'],
  },
  {
    name: 'labels that only together with those of the profile are too many',
    input: {
      instruction: 'Go.',
      labels: Object.fromEntries(Array.from({ length: 31 }, (_, n) => [`l${String(n)}`, ''])),
    },
    code: 'AD_INPUT_INVALID',
    at: ['/labels'],
  },
  {
    name: 'a provider that is not installed',
    input: { instruction: 'Go.', runtime: 'far' },
    code: 'AD_PLUGIN_NOT_INSTALLED',
    at: [],
    says: ['agentdispatch plugins install @acme/provider-farcloud', 'rejected'],
  },
  {
    name: 'a provider that is not installed and would not fit either',
    input: { instruction: 'Go.', runtime: 'farther' },
    code: 'AD_ROUTE_NO_MATCH',
    at: ['/runtime', '/runtime'],
    says: ['agentdispatch plugins install @acme/provider-farcloud', 'target mode job: offers session'],
  },
  {
    name: 'a provider whose plugin is broken',
    input: { instruction: 'Go.', runtime: 'cracked' },
    code: 'AD_PLUGIN_LOAD',
    at: [],
    says: ['The plugin threw.', 'Update the plugin.', 'rejected'],
  },
  {
    name: 'a provider of which nothing is known',
    input: { instruction: 'Go.', runtime: 'orphan' },
    code: 'AD_ROUTE_NO_MATCH',
    at: ['/runtime'],
    says: ['nowhere'],
  },
];

const change = (changes: object): object => ({ ...EXACT, ...changes });
const dispatches: Refusal[] = [
  {
    name: 'every argument that is missing',
    input: {},
    code: 'AD_INPUT_INVALID',
    at: ['/provider', '/account_profile', '/capability', '/task_type', '/target', '/input'],
  },
  {
    name: 'words that no contract knows',
    input: change({ capability: 'agents', task_type: 'run', target: { mode: 'vm', protocol: 'tcp', port: 1 } }),
    code: 'AD_INPUT_INVALID',
    at: ['/capability', '/task_type', '/target/port', '/target/mode', '/target/protocol'],
  },
  {
    name: 'a working directory outside',
    input: change({ input: { instruction: 'Go.', working_directory: '/tmp' } }),
    code: 'AD_INPUT_INVALID',
    at: ['/input/working_directory'],
  },
  {
    name: 'a command for an agent',
    input: change({ input: { instruction: 'Go.', command: 'ls', shell: true } }),
    code: 'AD_INPUT_INVALID',
    at: ['/input/command', '/input/shell'],
  },
  {
    name: 'an instruction for a command',
    input: change({ task_type: 'command.run', input: { instruction: 'Go.', command: 'ls' } }),
    code: 'AD_INPUT_INVALID',
    at: ['/input/instruction'],
  },
  {
    name: 'an instruction over its limit',
    input: change({ input: { instruction: 'x'.repeat(MAX_INSTRUCTION_BYTES + 1) } }),
    code: 'AD_INPUT_TOO_LARGE',
    at: ['/input/instruction'],
  },
  {
    name: 'an unknown account profile',
    input: change({ account_profile: 'nobody' }),
    code: 'AD_ROUTE_UNKNOWN_ACCOUNT',
    at: ['/account_profile'],
  },
  {
    name: 'an account of another provider',
    input: change({ provider: 'nimbsu' }),
    code: 'AD_ROUTE_ACCOUNT_MISMATCH',
    at: ['/provider'],
    says: ['did you mean \\"nimbus\\"?'],
  },
  {
    name: 'a mistyped driver',
    input: change({ driver: 'agent' }),
    code: 'AD_ROUTE_NO_MATCH',
    at: ['/driver'],
    says: ['did you mean \\"agents\\"?'],
  },
  {
    name: 'a mode and a protocol that no driver offers with the rest',
    input: change({ driver: 'agents', target: { mode: 'job', protocol: 'stdio' } }),
    code: 'AD_ROUTE_NO_MATCH',
    at: ['/target/mode', '/target/protocol'],
    says: ['Closest: nimbus/agents'],
  },
  {
    name: 'a driver that does not fit where the other one would, by the driver alone',
    input: change({
      driver: 'agents',
      capability: 'job-runner',
      task_type: 'command.run',
      target: { mode: 'job', protocol: 'stdio' },
      input: { command: 'ls' },
    }),
    code: 'AD_ROUTE_NO_MATCH',
    at: ['/driver'],
    says: ['Closest: nimbus/quick'],
  },
  {
    name: 'a part that is not honoured',
    input: change({ input: { instruction: 'Go.', environment: { A: 'b' }, output_schema: { type: 'object' } } }),
    code: 'AD_INPUT_UNSUPPORTED',
    at: ['/input/environment'],
  },
  {
    name: 'wrong target details',
    input: change({ target: { mode: 'session', protocol: 'http', details: { endpoint: 5 } } }),
    code: 'AD_PROVIDER_TARGET_INVALID',
    at: ['/target/details/endpoint'],
  },
];

describe('spawn_cloud_agent refuses', () => {
  it.each(spawns)('$name', ({ input, ...refusal }) => expectRefusal(() => intake.fromSpawn(input), refusal));
});

describe('dispatch_task refuses', () => {
  it.each(dispatches)('$name', ({ input, ...refusal }) => expectRefusal(() => intake.fromDispatch(input), refusal));
});

describe('limits', () => {
  it('let an instruction of exactly the limit pass', () => {
    expect(intake.fromSpawn({ instruction: 'x'.repeat(MAX_INSTRUCTION_BYTES) }).status).toBe('prepared');
  });

  it.each([1_000, 1_000_000])('refuse arguments nested %d levels deep', (levels) => {
    let context: object = {};
    for (let level = 0; level < levels; level += 1) context = { in: context };
    const refusal = { code: 'AD_INPUT_INVALID', at: [''], says: ['deeper than 100 levels'] } as const;
    expectRefusal(() => intake.fromSpawn({ instruction: 'Go.', context }), {
      ...refusal,
      at: [''],
      says: [...refusal.says],
    });
  });

  it('refuse an object that contains itself', () => {
    const context: Record<string, unknown> = {};
    context['self'] = context;
    expectRefusal(() => intake.fromSpawn({ context }), { code: 'AD_INPUT_INVALID', at: [''] });
  });
});

describe('without a usable configuration', () => {
  it.each<[string, Config]>([
    ['nothing is configured', {}],
    ['accounts alone are configured', { accounts: CONFIG.accounts }],
  ])('a spawn is sent to init when %s', (_, config) => {
    const refusal = { code: 'AD_ROUTE_UNKNOWN_RUNTIME', at: ['/runtime'] } as const;
    for (const input of [{ instruction: 'Go.' }, { instruction: 'Go.', runtime: 'research' }])
      expectRefusal(() => intakeWith(config, PROVIDERS).fromSpawn(input), {
        ...refusal,
        at: ['/runtime'],
        says: ['agentdispatch init'],
      });
  });
});

describe('credentials', () => {
  const places: { name: string; tool: 'fromSpawn' | 'fromDispatch'; input: object; at: string }[] = [
    { name: 'instruction', tool: 'fromSpawn', input: { instruction: `Log in with ${SECRET}.` }, at: '/instruction' },
    {
      name: 'context',
      tool: 'fromSpawn',
      input: { context: { deep: [{ password: 'hunter2hunter2' }] } },
      at: '/context/deep/0/password',
    },
    { name: 'label', tool: 'fromSpawn', input: { labels: { note: SECRET } }, at: '/labels/note' },
    { name: 'input text', tool: 'fromSpawn', input: { inputs: [{ path: 'a', text: SECRET }] }, at: '/inputs/0/text' },
    { name: 'tools', tool: 'fromSpawn', input: { tools: { web: { token: SECRET } } }, at: '/tools/web/token' },
    {
      name: 'output schema',
      tool: 'fromSpawn',
      input: { output_schema: { default: SECRET } },
      at: '/output_schema/default',
    },
    {
      name: 'target details',
      tool: 'fromSpawn',
      input: { target_details: { endpoint: SECRET } },
      at: '/target_details/endpoint',
    },
    { name: 'unknown argument', tool: 'fromSpawn', input: { surplus: SECRET }, at: '/surplus' },
    { name: 'idempotency key', tool: 'fromSpawn', input: { idempotency_key: SECRET }, at: '/idempotency_key' },
    {
      name: 'command',
      tool: 'fromDispatch',
      input: change({ input: { command: ['curl', '-H', SECRET] } }),
      at: '/input/command/2',
    },
    {
      name: 'environment',
      tool: 'fromDispatch',
      input: change({ input: { environment: { TOKEN: SECRET } } }),
      at: '/input/environment/TOKEN',
    },
  ];
  it.each(places)('in $name are refused with their place, and never shown', ({ tool, input, at }) => {
    const failure = failureOf(() => intake[tool](input));
    expect(failure.code).toBe('AD_POLICY_CREDENTIALS');
    expect(failure.problems?.map(({ pointer }) => pointer)).toEqual([at]);
    expect(JSON.stringify(failure) + failure.message + String(failure.stack)).not.toContain(SECRET);
    expect(JSON.stringify(failure)).not.toContain('hunter2');
  });

  it('are replaced before anything goes on where the policy says redact', () => {
    const redacting = intakeWith({ ...CONFIG, policy: { credentials: 'redact' } });
    const outcome = redacting.fromSpawn({ instruction: `Use ${SECRET} now.`, context: { ok: 'yes' } });
    expect(outcome.status).toBe('prepared');
    expect(JSON.stringify(outcome)).not.toContain(SECRET);
    expect(outcome).toMatchObject({ request: { input: { context: { ok: 'yes' } } } });
  });

  it.each([
    ['environment', { environment: { MODEL_KEY: SECRET } }, '/runtimes/fresh/environment/MODEL_KEY'],
    ['labels', { labels: { note: SECRET } }, '/runtimes/fresh/labels/note'],
    ['target', { target: { mode: 'runtime', details: { image: SECRET } } }, '/runtimes/fresh/target/details/image'],
  ] as const)(
    'in the %s of a runtime profile keep it from being used, whatever callers may send',
    (_part, more, at) => {
      const fresh = { ...CONFIG.runtimes?.['fresh'], account: 'dev', target: { mode: 'runtime' as const }, ...more };
      for (const credentials of ['refuse', 'redact'] as const) {
        const intake = intakeWith({ ...CONFIG, runtimes: { fresh }, policy: { credentials } });
        const failure = failureOf(() => intake.fromSpawn({ instruction: 'Go.', runtime: 'fresh' }));
        expect(failure.code).toBe('AD_POLICY_CREDENTIALS');
        expect(failure.message).toContain(at);
        expect(failure.problems?.map(({ pointer }) => pointer)).toEqual(['/runtime']);
        expect(JSON.stringify(failure)).not.toContain(SECRET);
      }
    },
  );

  it('pass where the policy allows them', () => {
    const lenient = intakeWith({ ...CONFIG, policy: { credentials: 'allow' } });
    expect(lenient.fromSpawn({ instruction: SECRET })).toMatchObject({ request: { input: { instruction: SECRET } } });
  });
});

describe('policy', () => {
  const governed = (policy: NonNullable<Config['policy']>) => intakeWith({ ...CONFIG, policy });

  it('denies with rule and reason, before anything is asked', () => {
    const rules = [{ effect: 'deny' as const, accounts: ['d*'], targetModes: ['session'], reason: 'Not from here.' }];
    const failure = failureOf(() => governed({ rules }).fromSpawn({}));
    expect(failure).toMatchObject({
      code: 'AD_POLICY_DENIED',
      details: { rule: '/policy/rules/0', reason: 'Not from here.' },
    });
  });

  it('wants consent where a rule asks, once nothing is missing', () => {
    const asking = governed({ rules: [{ effect: 'ask' }] });
    expect(asking.fromDispatch(EXACT)).toMatchObject({
      status: 'prepared',
      consent: { rule: '/policy/rules/0', digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
    expect(asking.fromSpawn({}).status).toBe('needs_clarification');
  });

  it('refuses the dry run of what it asks about, and gives nothing that could be consented to', () => {
    const failure = failureOf(() => governed({ rules: [{ effect: 'ask' }] }).explainDispatch(EXACT));
    expect(failure.code).toBe('AD_POLICY_CONFIRMATION');
    expect(failure.details).toEqual({ rule: '/policy/rules/0', reason: expect.any(String) });
  });

  it('denies what no rule allows where that is the default, also in a dry run', () => {
    const strict = governed({ default: 'deny', rules: [{ effect: 'allow', accounts: ['prod'] }] });
    expect(failureOf(() => strict.explainSpawn({ instruction: 'Go.' })).details).toMatchObject({
      rule: '/policy/default',
    });
    expect(strict.fromSpawn({ instruction: 'Go.', account_profile: 'prod' }).status).toBe('prepared');
  });
});
