import { describe, expect, it } from '@jest/globals';
import type { ProviderManifest, ProviderManifestDriver, ProviderManifestOffer } from '@agent-dispatch/schemas';
import { match, rejectionView, type RouteCandidate, type RouteDecision, type RouteQuery } from './index.js';

const offer = (changes: Partial<ProviderManifestOffer> = {}): ProviderManifestOffer => ({
  taskTypes: ['agent.run'],
  targetModes: ['session'],
  protocols: ['http'],
  spokenBy: 'host',
  ...changes,
});

const driver = (name: string, offers: ProviderManifestOffer[], capability = 'agent-runtime'): ProviderManifestDriver =>
  ({
    name,
    title: name,
    capability,
    offers,
    targets: {},
    features: { logs: 'live', cancel: 'stopped', cleanupProof: 'verified', isolation: 'none' },
  }) as ProviderManifestDriver;

const candidate = (
  provider: string,
  drivers: ProviderManifestDriver[],
  changes: Partial<RouteCandidate> = {},
): RouteCandidate => ({
  provider,
  state: 'ready',
  manifest: {
    apiVersion: 1,
    provider,
    title: provider,
    account: { settings: { type: 'object', properties: {} } },
    drivers,
  } satisfies ProviderManifest,
  ...changes,
});

const query = (changes: Partial<RouteQuery> = {}): RouteQuery => ({
  account: { name: 'dev', provider: 'nimbus' },
  capability: 'agent-runtime',
  taskType: 'agent.run',
  target: { mode: 'session', protocol: 'http' },
  uses: [],
  ...changes,
});

const chosenOf = ({ chosen }: RouteDecision): string =>
  chosen === undefined ? 'none' : `${chosen.provider}/${chosen.driver.name}`;
const reasonsOf = (decision: RouteDecision, name: string): string[] =>
  decision.rejected.filter(({ driver: one }) => one === name).flatMap((one) => rejectionView(one).reasons);

describe('match', () => {
  it('chooses the driver whose offer fits in every dimension', () => {
    const decision = match(query(), [candidate('nimbus', [driver('agents', [offer()])])]);
    expect(chosenOf(decision)).toBe('nimbus/agents');
    expect(decision.reason).toBe(
      'nimbus/agents offers agent.run in target mode session over http for account profile "dev".',
    );
    expect(decision.rejected).toEqual([]);
  });

  const agents = driver('agents', [
    offer({ accepts: ['context'] }),
    offer({ targetModes: ['runtime'], protocols: ['http', 'a2a'] }),
    offer({ taskTypes: ['command.run'], targetModes: ['job'], protocols: ['stdio'] }),
  ]);
  const cases: { name: string; asked: Partial<RouteQuery>; reasons: string[] }[] = [
    {
      name: 'capability',
      asked: { capability: 'job-runner' },
      reasons: ['capability job-runner: offers agent-runtime'],
    },
    {
      name: 'task type, with what the other dimensions leave',
      asked: { taskType: 'command.run' },
      reasons: ['task type command.run: offers agent.run'],
    },
    {
      name: 'target mode, with all modes in which the rest fits',
      asked: { target: { mode: 'service', protocol: 'http' } },
      reasons: ['target mode service: offers session, runtime'],
    },
    {
      name: 'protocol, with those of this target mode alone',
      asked: { target: { mode: 'session', protocol: 'a2a' } },
      reasons: ['protocol a2a: offers http'],
    },
    {
      name: 'driver name, with what was meant',
      asked: { driver: 'agent' },
      reasons: ['driver "agent" is asked for; did you mean "agents"?'],
    },
    {
      name: 'driver name that is far from any',
      asked: { driver: 'zzzzzzzz' },
      reasons: ['driver "zzzzzzzz" is asked for'],
    },
    {
      name: 'provider name',
      asked: { provider: 'nimbsu' },
      reasons: ['provider "nimbsu" is asked for; did you mean "nimbus"?'],
    },
    {
      name: 'account of another provider',
      asked: { account: { name: 'other', provider: 'acme' } },
      reasons: ['account profile "other" belongs to provider acme'],
    },
    {
      name: 'each part that is not accepted',
      asked: { uses: ['context', 'inputs', 'tools'] },
      reasons: ['inputs: not accepted; accepts context', 'tools: not accepted; accepts context'],
    },
    {
      name: 'everything at once, at the nearest offer',
      asked: {
        driver: 'batch',
        capability: 'service-deploy',
        target: { mode: 'session', protocol: 'mcp' },
        uses: ['secrets'],
      },
      reasons: [
        'driver "batch" is asked for',
        'capability service-deploy: offers agent-runtime',
        'protocol mcp: offers http',
        'secrets: not accepted; accepts context',
      ],
    },
  ];
  it.each(cases)('rejects for $name', ({ asked, reasons }) => {
    const decision = match(query(asked), [candidate('nimbus', [agents])]);
    expect(decision.chosen).toBeUndefined();
    expect(reasonsOf(decision, 'agents')).toEqual(reasons);
  });

  it('says in one sentence that nothing fits, and how many were considered', () => {
    const decision = match(query({ target: { mode: 'service', protocol: 'mcp' }, uses: ['tools'] }), [
      candidate('nimbus', [agents, driver('more', [offer()])]),
    ]);
    expect(decision.reason).toBe(
      'No driver offers agent.run in target mode service over mcp as agent-runtime with tools for account profile "dev" of nimbus: 2 considered.',
    );
    expect(match(query(), []).reason).toContain('no provider is known');
  });

  it('never chooses a broken provider or one that is not installed, and gives the reason with the others', () => {
    const decision = match(query({ target: { mode: 'session', protocol: 'mcp' } }), [
      candidate('nimbus', [driver('agents', [offer()])], { state: 'not-installed', reason: 'not installed: run it' }),
      { provider: '@acme/broken', state: 'broken', reason: 'its manifest is invalid' },
    ]);
    expect(decision.chosen).toBeUndefined();
    expect(decision.rejected.map(rejectionView)).toEqual([
      { provider: 'nimbus', driver: 'agents', reasons: ['not installed: run it', 'protocol mcp: offers http'] },
      {
        provider: '@acme/broken',
        reasons: ['its manifest is invalid', 'account profile "dev" belongs to provider nimbus'],
      },
    ]);
  });

  it('leaves open what the query leaves open, and says what it came to', () => {
    const open = query({ target: { mode: 'runtime' } });
    delete open.capability;
    const decision = match(open, [candidate('nimbus', [agents])]);
    expect(decision.chosen?.protocols).toEqual(['http', 'a2a']);
    expect(decision.chosen?.driver.capability).toBe('agent-runtime');
    expect(decision.reason).toContain('over http or a2a');
  });
});

describe('ranking', () => {
  const plain = driver('plain', [offer({ accepts: ['context'] })]);
  const lasting = driver('lasting', [offer({ resume: true, accepts: ['context', 'inputs', 'tools'] })]);
  const broad = driver('broad', [offer({ accepts: ['context', 'inputs'] })]);

  it('prefers work that is found again after a crash', () => {
    const decision = match(query(), [candidate('nimbus', [plain, lasting])]);
    expect(chosenOf(decision)).toBe('nimbus/lasting');
    expect(decision.reason).toContain('It was preferred to nimbus/plain.');
    expect(reasonsOf(decision, 'plain')).toEqual(['fits too; nimbus/lasting was preferred: it resumes after a crash']);
  });

  it('then prefers the offer that accepts less that is not used', () => {
    const decision = match(query({ uses: ['context'] }), [candidate('nimbus', [broad, plain])]);
    expect(chosenOf(decision)).toBe('nimbus/plain');
    expect(reasonsOf(decision, 'broad')[0]).toContain('it accepts fewer parts that this request does not use');
  });

  it('else keeps the order of the manifest', () => {
    const twin = driver('twin', [offer({ accepts: ['context'] })]);
    expect(chosenOf(match(query(), [candidate('nimbus', [plain, twin])]))).toBe('nimbus/plain');
    expect(chosenOf(match(query(), [candidate('nimbus', [twin, plain])]))).toBe('nimbus/twin');
  });

  it('names a driver once among the rejected, however many of its offers fit', () => {
    const two = driver('two', [offer({ accepts: ['tools'] }), offer({ accepts: ['model'] })]);
    const decision = match(query(), [candidate('nimbus', [driver('lasting', [offer({ resume: true })]), two])]);
    expect(decision.matches).toHaveLength(3);
    expect(decision.rejected.map((one) => one.driver)).toEqual(['two']);
  });
});
