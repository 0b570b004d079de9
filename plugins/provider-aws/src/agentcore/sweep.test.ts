import { afterEach, expect, it } from '@jest/globals';
import type { SweptResource } from '@agent-dispatch/core/provider';
import { type MadeRuntimes, PINNED, startMadeRuntimes } from '../testdata/made-runtimes.js';
import { collect } from '../testdata/provider-at-fake.js';

let at: MadeRuntimes;
afterEach(() => at.close());

async function swept(): Promise<SweptResource[]> {
  const { request: _request, ...context } = at.context();
  return collect(at.provider.driver.sweep(context));
}

it('finds what every installation made, and nothing else, page by page', async () => {
  at = await startMadeRuntimes({
    runtimes: Array.from({ length: 150 }, (_, index) => ({ name: `somebody_${String(index)}` })),
    images: { [PINNED]: { invoke: () => ({ status: 200, headers: {}, body: Buffer.from('') }) } },
  });
  at.fake.runtimes.seed({ name: `ad_${'0'.repeat(12)}_${'0'.repeat(24)}`, tags: { owner: 'somebody' } });
  const details = { image: PINNED };
  const begunAt = at.clock.now();
  await at.ready({ details });
  await at.ready({ details, installationId: 'inst-2', taskId: 'task_02' });
  await at.ready({ details: { ...details, shared: true } });
  const found = await swept();
  expect(found.map(({ installationId, taskId }) => [installationId, taskId])).toEqual([
    ['inst-1', 'task_01'],
    ['inst-2', 'task_02'],
    ['inst-1', undefined],
  ]);
  // Two pages, and the tags of each that has a name of ours: each at its turn.
  for (const [operation, count] of [
    ['ListAgentRuntimes', 2],
    ['ListTagsForResource', 4],
  ] as const) {
    const times = at.fake.log.requests({ operation }).map((request) => request.at);
    expect(times).toHaveLength(count);
    for (const [index, time] of times.slice(1).entries())
      expect(time - (times[index] ?? 0)).toBeGreaterThanOrEqual(200);
  }
  expect(found[0]?.createdAt).toBe(begunAt);
});

it('gives each thing a handle by which it is removed, its session first', async () => {
  at = await startMadeRuntimes();
  const { handle, context } = await at.ready();
  const channel = at.provider.driver.channel(handle, context);
  await (await channel.fetch('/invocations', { method: 'POST', body: '{}', signal: context.signal })).text();
  const [found] = await swept();
  if (found === undefined) throw new Error('nothing was found');
  const proofs = await at.provider.driver.cleanup(found.handle.resources, found.handle, context);
  expect(proofs).toMatchObject([{ proof: 'verified' }]);
  expect(at.fake.sessions()).toMatchObject([{ state: 'stopped' }]);
  expect(await swept()).toEqual([]);
});
