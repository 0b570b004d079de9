// A place whose runtimes are in the fake AgentCore: two accounts in two regions, each with a credential source of its
// own. The product reaches the fake by the endpoints of its account profiles alone.
import path from 'node:path';
import type { Config } from '@agent-dispatch/schemas';
import { type FakeAgentCore, type FakeOptions, startFakeAgentCore } from '../../fakes/agentcore/index.js';
import { Place, repository } from './place.js';

/** Not credentials of anything. */
export const WEST = { key: 'FAKEKEYWEST', secret: 'not-a-secret-west', account: '111122223333', region: 'us-west-2' };
export const EAST = { key: 'FAKEKEYEAST', secret: 'not-a-secret-east', account: '444455556666', region: 'us-east-1' };
type Side = typeof WEST;

/** What a user exports in the shell of the front door. */
export const AMBIENT = { AWS_ACCESS_KEY_ID: WEST.key, AWS_SECRET_ACCESS_KEY: WEST.secret };

export interface AwsPlace {
  place: Place;
  fake: FakeAgentCore;
}

/**
 * @param agent what runs in both regions.
 * @param images what runs in agent runtimes that are made.
 */
export async function makeAwsPlace(
  agent: FakeOptions['agents'][string],
  images: FakeOptions['images'] = {},
): Promise<AwsPlace> {
  const fake = await startFakeAgentCore({
    agents: { researcher: agent },
    images,
    regions: [WEST.region, EAST.region],
    credentials: {
      [WEST.key]: { account: WEST.account, secretAccessKey: WEST.secret },
      [EAST.key]: { account: EAST.account, secretAccessKey: EAST.secret },
    },
    runtimes: [WEST, EAST].map(({ account, region }) => ({ name: 'researcher', account, region })),
  });
  const place = await Place.make(configFor(fake));
  place.atEnd(() => fake.close());
  await place.write(
    '.aws/credentials',
    `[east]\naws_access_key_id = ${EAST.key}\naws_secret_access_key = ${EAST.secret}\n`,
  );
  return { place, fake };
}

function configFor(fake: FakeAgentCore): Config {
  const account = (side: Side, credentials: object): Record<string, unknown> & { provider: string } => {
    const url = fake.regionUrl(side.region);
    const endpoints = { data: url, control: url, sts: url, ecr: url, iam: url };
    return { provider: 'aws', region: side.region, expectedAccountId: side.account, endpoints, credentials };
  };
  const runtime = (name: string, side: Side): NonNullable<Config['runtimes']>[string] => ({
    account: name,
    driver: 'agentcore',
    capability: 'agent-runtime',
    target: {
      mode: 'session',
      protocol: 'http',
      details: { runtimeArn: fake.arn('researcher', { account: side.account, region: side.region }) },
    },
  });
  return {
    plugins: [path.join(repository, 'plugins/provider-aws')],
    accounts: {
      west: account(WEST, { source: 'environment' }),
      east: account(EAST, { source: 'profile', profile: 'east' }),
      nobody: account(WEST, { source: 'profile', profile: 'not-there' }),
    },
    runtimes: { west: runtime('west', WEST), east: runtime('east', EAST), nobody: runtime('nobody', WEST) },
    defaults: { runtime: 'west' },
  };
}
