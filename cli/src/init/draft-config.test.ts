import { describe, expect, it } from '@jest/globals';
import { validate, type ProviderManifestSettings } from '@agent-dispatch/schemas';
import type { Prompter } from '../run/prompter.js';
import { draftConfig, type DraftOptions } from './draft-config.js';
import { cloud, machine, offer, publishedManifests, setting } from './testdata/offers.js';

const draft = (manifest: typeof cloud, options: Partial<DraftOptions> = {}): ReturnType<typeof draftConfig> =>
  draftConfig(offer(manifest), { choices: {}, flags: {}, env: {}, ...options });

/** The cloud with other settings of the account, all of them required. */
const withAccountSettings = (properties: ProviderManifestSettings['properties']): typeof cloud => ({
  ...cloud,
  account: { settings: { type: 'object', required: Object.keys(properties), properties } },
});

/** Answers by the question's text, and refuses any other. */
const answering = (answers: Record<string, string>): Prompter => ({
  input: async (message) => {
    const answer = answers[message];
    if (answer === undefined) throw new Error(`unexpected question: ${message}`);
    return answer;
  },
  select: async (_message, choices) => {
    const [first] = choices;
    if (first === undefined) throw new Error('nothing to choose from');
    return first.value;
  },
  confirm: async () => true,
});

describe('a new configuration', () => {
  it('has one account and one runtime from the flags', async () => {
    const { config } = await draft(cloud, {
      flags: { region: 'r1', address: 'a', 'login-profile': 'dev' },
      choices: { protocol: 'mcp' },
      account: 'mine',
      runtime: 'agent',
    });
    expect(config).toEqual({
      accounts: { mine: { provider: 'cloud', region: 'r1', login: { profile: 'dev' } } },
      runtimes: {
        agent: {
          account: 'mine',
          driver: 'agents',
          capability: 'agent-runtime',
          target: { mode: 'session', protocol: 'mcp', details: { address: 'a' } },
        },
      },
      defaults: { runtime: 'agent' },
    });
    expect(validate('Config', config)).toEqual([]);
  });

  it('is the manifest’s own where no flag is given', async () => {
    const { config, open } = await draft(machine);
    expect(config.accounts).toEqual({ here: { provider: 'machine', note: 'kept' } });
    expect(config.runtimes?.['usual']?.target).toEqual({ mode: 'runtime', protocol: 'stdio' });
    expect(open.map(({ name, flag }) => [name, flag])).toEqual([['command', 'agent']]);
  });

  it('keeps the manifest’s own mode where another protocol is chosen', async () => {
    const { config } = await draft(machine, { choices: { protocol: 'http' } });
    expect(config.runtimes?.['usual']?.target).toEqual({ mode: 'runtime', protocol: 'http' });
  });

  it('takes from the environment what the manifest names there, and says so', async () => {
    const { config, fromEnvironment } = await draft(cloud, { flags: { address: 'a' }, env: { CLOUD_REGION: 'r2' } });
    expect(config.accounts?.['cloud']?.['region']).toBe('r2');
    expect(fromEnvironment).toEqual(['region from CLOUD_REGION']);
  });

  it('is refused with every setting that is missing and its flag', async () => {
    await expect(draft(cloud)).rejects.toMatchObject({
      code: 'AD_INPUT_INVALID',
      problems: [
        { pointer: '/accounts/cloud/region', hint: 'give --region' },
        { pointer: '/runtimes/cloud/target/details/address', hint: 'give --address' },
      ],
    });
  });

  it('is refused with the flag of what is missing inside a setting, and says of what has no flag where to write it', async () => {
    const keyed = withAccountSettings({
      login: { type: 'object', required: ['profile'], properties: { profile: setting('login-profile') } },
      team: { type: 'string' },
    });
    await expect(draft(keyed, { flags: { address: 'a' } })).rejects.toMatchObject({
      problems: [
        { pointer: '/accounts/cloud/login', hint: 'give --login-profile' },
        { pointer: '/accounts/cloud/team', hint: 'answer in a terminal' },
      ],
      hint: 'Repeat with --login-profile; in a terminal, where what has no flag is asked for.',
    });
  });

  it('runs commands where the target runs no agents', async () => {
    const drivers = cloud.drivers.map((driver) => ({
      ...driver,
      offers: driver.offers.map((one) => ({ ...one, taskTypes: ['command.run' as const] })),
    }));
    const flags = { region: 'r', address: 'a' };
    const { config } = await draft({ ...cloud, drivers }, { flags });
    expect(config.runtimes?.['cloud']?.taskType).toBe('command.run');
    expect((await draft(cloud, { flags })).config.runtimes?.['cloud']?.taskType).toBeUndefined();
  });

  it('has the default of a required setting that nobody gives', async () => {
    const keyed = withAccountSettings({ login: { type: 'object', properties: {}, default: { profile: 'main' } } });
    const { config } = await draft(keyed, { flags: { address: 'a' } });
    expect(config.accounts).toEqual({ cloud: { provider: 'cloud', login: { profile: 'main' } } });
  });

  it('asks a person only for what it cannot derive', async () => {
    const prompter = answering({ 'Which region?': 'r3', address: 'a' });
    const { config } = await draft(cloud, { prompter, choices: { mode: 'session' } });
    expect(config.runtimes?.['cloud']?.target.details).toEqual({ address: 'a' });
  });

  it('leaves out an optional setting that the person leaves empty', async () => {
    const { config } = await draft(machine, { prompter: answering({ 'Which agent? (empty: none)': '' }) });
    expect(config.runtimes?.['usual']?.target.details).toBeUndefined();
  });

  it.each(publishedManifests().filter(({ defaults }) => defaults !== undefined))(
    'of the published provider $provider is valid without any flag',
    async (manifest) => {
      expect(validate('Config', (await draft(manifest)).config)).toEqual([]);
    },
  );
});
