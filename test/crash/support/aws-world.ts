// Tasks in sessions of the fake AgentCore. It begins counting when a request has reached it.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Config, DispatchTaskInput } from '@agent-dispatch/schemas';
import { AMBIENT, makeAwsPlace, WEST } from '../../e2e/support/aws.js';
import { type Place, repository } from '../../e2e/support/place.js';
import {
  type Agent,
  type AgentRequest,
  type FakeAgentCore,
  sse,
  workerContainer,
} from '../../fakes/agentcore/index.js';
import { LONG, makeStarts } from './shell-work.js';
import type { Kind, World } from './world.js';

const RESULT = { pages: 3 };
/** More than a record holds. */
const LARGE = { pages: 'x'.repeat(9_000) };
const PADDING = 'x'.repeat(9_000);

const resultOf = (kind: Kind): unknown => (kind === 'large' ? LARGE : RESULT);

export async function makeAwsWorld(): Promise<World> {
  const { place, fake } = await makeAwsPlace(agent);
  await settleSoon(place);
  const keyOf = (payload: Uint8Array): string => promptOf(payload).key;
  return {
    ...sessionsOf(place, fake),
    offer: { resume: false },
    request: (key, kind) => ({
      ...agentRun(fake),
      input: { instruction: JSON.stringify({ key, kind }), context: { PADDING } },
      idempotency_key: key,
    }),
    starts: (task) =>
      fake.log.executions().filter(({ payload }) => keyOf(payload) === (task?.key ?? keyOf(payload))).length,
    isWhole: (kind, { result, output }) => {
      const given = JSON.stringify(resultOf(kind));
      // The last event has no text of its own: it is shown as it came.
      const told = typeof result === 'string' ? result : JSON.stringify(result);
      return told === given && output === `one\ntwo\n{"result":${given}}\n`;
    },
  };
}

/** The same with AgentDispatch's worker in the sessions: what a dispatcher that died followed is found again there. */
export async function makeAwsWorkerWorld(): Promise<World> {
  const { agent: worker } = workerContainer({ agents: { shell: { command: ['/bin/sh'] } } });
  const { place, fake } = await makeAwsPlace(worker);
  await settleSoon(place);
  const { starts, scriptOf, environmentOf } = makeStarts(place);
  return {
    ...sessionsOf(place, fake),
    offer: { resume: true },
    request: (key, kind) => ({
      ...agentRun(fake, { worker: true }),
      input: { instruction: scriptOf(kind), environment: environmentOf(key) },
      idempotency_key: key,
    }),
    starts,
    isWhole: (kind, { result, output }) => {
      const printed = kind === 'large' ? `one\ntwo\n${LONG}\n` : 'one\ntwo\n';
      return output === printed && result === printed;
    },
  };
}

const sessionsOf = (place: Place, fake: FakeAgentCore): Pick<World, 'place' | 'env' | 'leaks'> => ({
  place,
  env: { ...place.env, ...AMBIENT },
  leaks: async () =>
    fake
      .sessions()
      .filter(({ state }) => state === 'alive')
      .map(({ sessionId }) => `session ${sessionId}`),
});

/** A request, but for its work. */
const agentRun = (fake: FakeAgentCore, details: { worker?: boolean } = {}): Omit<DispatchTaskInput, 'input'> => ({
  provider: 'aws',
  account_profile: 'west',
  capability: 'agent-runtime',
  task_type: 'agent.run',
  target: {
    mode: 'session',
    protocol: 'http',
    details: { runtimeArn: fake.arn('researcher', { account: WEST.account, region: WEST.region }), ...details },
  },
});

const promptOf = (payload: Uint8Array): { key: string; kind: Kind } => {
  const { prompt } = JSON.parse(Buffer.from(payload).toString()) as { prompt: string };
  return JSON.parse(prompt) as { key: string; kind: Kind };
};

const agent: Agent = { invoke: (request) => sse(play(request)) };

async function* play({ payload }: AgentRequest): AsyncGenerator {
  const { kind } = promptOf(payload);
  yield { text: 'one\n' };
  if (kind === 'endless') await new Promise(() => undefined);
  yield { text: 'two\n' };
  yield { result: resultOf(kind) };
}

/** A request that was sent lands within a second here, where the service is allowed half a minute. */
const SETTLE_SECONDS = 1;

/** The package as it is, but for the settle time in its manifest. */
async function settleSoon(place: Place): Promise<void> {
  const root = path.join(repository, 'plugins/provider-aws');
  const read = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, 'utf8')) as unknown;
  const manifest = (await read(path.join(root, 'manifest.json'))) as { drivers: { features: object }[] };
  for (const { features } of manifest.drivers) Object.assign(features, { settleSeconds: SETTLE_SECONDS });
  const packageJson = (await read(path.join(root, 'package.json'))) as object;
  const code = pathToFileURL(path.join(root, 'dist/index.js')).href;
  await place.write('provider-aws/package.json', JSON.stringify({ ...packageJson, exports: './index.js' }));
  await place.write('provider-aws/manifest.json', JSON.stringify(manifest));
  await place.write('provider-aws/index.js', `export { default } from '${code}';\n`);
  const config = (await read(place.configFile)) as Config;
  await place.configure({ ...config, plugins: [place.path('provider-aws')] });
}
