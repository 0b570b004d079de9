// Which credentials reach which cloud account: those that the account profile names, and no others.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { jsonAgent } from '../fakes/agentcore/index.js';
import { AMBIENT, type AwsPlace, EAST, makeAwsPlace, WEST } from './support/aws.js';
import { startMcp } from './support/mcp.js';

const TEST_MS = 120_000;

let aws: AwsPlace;
beforeEach(async () => {
  aws = await makeAwsPlace(jsonAgent(() => ({ answer: 42 })));
});
afterEach(() => aws.place.end(), TEST_MS);

const requestsBy = (key: string): string[] => [
  ...new Set(
    aws.fake.log.requests().flatMap(({ accessKeyId, region }) => (accessKeyId === key ? [String(region)] : [])),
  ),
];

describe('two account profiles of one configuration', () => {
  it(
    'reach two regions, endpoints and accounts, each with the credentials of its own source',
    async () => {
      const mcp = await startMcp(aws.place, { env: AMBIENT });
      const tasks = await Promise.all(
        ['west', 'east'].map((runtime) => mcp.spawn({ instruction: 'Where are you?', runtime })),
      );
      for (const { task_id: id } of tasks) expect(await mcp.ended(id)).toMatchObject({ status: 'succeeded' });

      expect(requestsBy(WEST.key)).toEqual([WEST.region]);
      expect(requestsBy(EAST.key)).toEqual([EAST.region]);
      const reached = aws.fake.sessions().map(({ account, region, executions }) => ({ account, region, executions }));
      expect(reached).toHaveLength(2);
      expect(reached).toEqual(
        expect.arrayContaining([WEST, EAST].map(({ account, region }) => ({ account, region, executions: 1 }))),
      );
    },
    TEST_MS,
  );
});

describe('credentials in the environment of the front door', () => {
  it(
    'are not used by a profile that names another source, even when that source has none',
    async () => {
      const mcp = await startMcp(aws.place, { env: AMBIENT });
      const { task_id: id } = await mcp.spawn({ instruction: 'Whoever you are.', runtime: 'nobody' });
      expect(await mcp.ended(id)).toMatchObject({
        status: 'failed',
        error: { code: 'AD_PROVIDER_UNAUTHENTICATED', hint: expect.stringContaining('not-there') as unknown },
      });
      expect(aws.fake.log.requests()).toEqual([]);
    },
    TEST_MS,
  );

  it(
    'are missed by a profile that asks for them, and taken from the next front door that has them',
    async () => {
      const without = await startMcp(aws.place);
      const failed = await without.spawn({ instruction: 'With what?' });
      expect(await without.ended(failed.task_id)).toMatchObject({ error: { code: 'AD_PROVIDER_UNAUTHENTICATED' } });

      const having = await startMcp(aws.place, { env: AMBIENT });
      const { task_id: id } = await having.spawn({ instruction: 'With these.' });
      expect(await having.ended(id)).toMatchObject({ status: 'succeeded' });
      expect(requestsBy(WEST.key)).toEqual([WEST.region]);
    },
    TEST_MS,
  );

  it(
    'are written nowhere',
    async () => {
      const mcp = await startMcp(aws.place, { env: AMBIENT });
      const { task_id: id } = await mcp.spawn({ instruction: 'Keep it to yourself.' });
      await mcp.ended(id);
      await mcp.call('get_task_result', { task_id: id });
      const state = await aws.place.stateDir();
      const files = (await readdir(state, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
      const texts = await Promise.all(
        files.map(({ parentPath, name }) => readFile(path.join(parentPath, name), 'utf8')),
      );
      expect(texts.some((text) => text.includes(id))).toBe(true);
      expect(texts.filter((text) => text.includes(WEST.secret) || text.includes(WEST.key))).toEqual([]);
    },
    TEST_MS,
  );
});
