// get_task_result: small results as they are, large ones and artifacts in pieces that fit together again.
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { GetTaskResultInput, GetTaskResultOutput } from '@agent-dispatch/schemas';
import { events, Feed } from '../engine/testdata/scripted-driver.js';
import { Desk, fitting } from './testdata/control-plane.js';

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
});
afterEach(() => desk.controlPlane.close());

async function taskWith(result: unknown, ...before: unknown[]): Promise<string> {
  desk.host.driver.starting = () => events(...before, { type: 'ended', outcome: 'succeeded', result });
  return await desk.ended();
}

const read = async (input: GetTaskResultInput): Promise<GetTaskResultOutput> =>
  fitting('GetTaskResultOutput', await desk.controlPlane.result(input));

/** All pieces, put together as the answers say. */
async function readWhole(input: GetTaskResultInput): Promise<{ bytes: Buffer; pieces: number }> {
  const parts: Buffer[] = [];
  for (let next: GetTaskResultInput | undefined = input; next;) {
    const { result, encoding, truncated, next: call } = await read(next);
    parts.push(Buffer.from(String(result), encoding === 'base64' ? 'base64' : 'utf8'));
    next = truncated ? fitting('GetTaskResultInput', call?.arguments as unknown as GetTaskResultInput) : undefined;
  }
  return { bytes: Buffer.concat(parts), pieces: parts.length };
}

describe('a result', () => {
  it('that is small comes as the value it is', async () => {
    const task_id = await taskWith({ json: { ok: [1, null] } });
    expect(await read({ task_id })).toMatchObject({
      result: { ok: [1, null] },
      media_type: 'application/json',
      truncated: false,
    });
  });

  it('of null is a result', async () => {
    expect(await read({ task_id: await taskWith({ json: null }) })).toMatchObject({ result: null, truncated: false });
  });

  it('that is large comes in pieces, with the next call ready', async () => {
    const text = 'abcdefghij'.repeat(2000);
    const task_id = await taskWith({ text });
    const first = await read({ task_id });
    expect(first).toMatchObject({ truncated: true, next_offset: 8000, size: 20_000, encoding: 'utf-8' });
    const { bytes, pieces } = await readWhole({ task_id });
    expect([bytes.toString(), pieces]).toEqual([text, 3]);
  });

  it.each([4, 5, 6, 7, 1001])('is never cut inside a character, in pieces of %d bytes', async (max_bytes) => {
    const text = `a😀é€${'漢字'.repeat(max_bytes > 100 ? 2000 : 3)}`;
    const task_id = await taskWith({ text });
    const { bytes } = await readWhole({ task_id, max_bytes });
    expect(bytes.toString()).toBe(text);
    expect((await read({ task_id, max_bytes })).encoding).toBe('utf-8');
  });

  it('read beyond its end is empty', async () => {
    const task_id = await taskWith({ text: 'x'.repeat(9000) });
    expect(await read({ task_id, offset: 9000 })).toMatchObject({ result: '', truncated: false });
    expect(await read({ task_id, offset: 99_000 })).toMatchObject({ result: '', truncated: false });
  });

  it('of a task that runs is not there yet; the answer says what to do', async () => {
    desk.host.driver.starting = new Feed().follow;
    const { task_id } = await desk.spawn();
    const answer = await read({ task_id });
    expect(answer).toMatchObject({ terminal: false, truncated: false, next: { tool: 'wait_task' } });
    expect(answer).not.toHaveProperty('result');
  });

  it('of a failed task comes with its error', async () => {
    const error = { code: 'AD_PROTOCOL_AGENT_ERROR', message: 'no such file' };
    desk.host.driver.starting = () =>
      events({ type: 'ended', outcome: 'failed', exitCode: 3, result: { text: 'partly' }, error });
    const answer = await read({ task_id: await desk.ended('failed') });
    expect(answer).toMatchObject({ status: 'failed', exit_code: 3, result: 'partly', error });
  });
});

describe('an artifact', () => {
  const bytes = Buffer.from([0x00, 0xff, 0xfe, 0x80, 0x41, 0x42, 0xc3]);
  const artifacts = [
    {
      type: 'artifact',
      artifact: { name: 'out/a.bin', mediaType: 'image/png', content: { base64: bytes.toString('base64') } },
    },
    { type: 'artifact', artifact: { name: 'notes.md', content: { text: '# hé' } } },
  ];

  it('is listed with the result', async () => {
    const task_id = await taskWith({ text: 'done' }, ...artifacts);
    const { artifacts: listed } = await read({ task_id });
    const sha256 = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex');
    const uri = `agentdispatch://tasks/${task_id}/artifacts/`;
    expect(listed).toEqual([
      { name: 'out/a.bin', size: 7, media_type: 'image/png', sha256: sha256(bytes), uri: `${uri}out%2Fa.bin` },
      { name: 'notes.md', size: 5, media_type: 'text/markdown', sha256: sha256('# hé'), uri: `${uri}notes.md` },
    ]);
  });

  it('is listed as far as the answer has room; the next call lists them all', async () => {
    const many = Array.from({ length: 100 }, (_, index) => ({
      type: 'artifact',
      artifact: { name: `out/${String(index)}`, content: { text: 'x' } },
    }));
    const task_id = await taskWith({ text: 'done' }, ...many);
    const { artifacts: listed = [], artifacts_omitted: omitted = 0, next } = await read({ task_id });
    expect(JSON.stringify(listed).length).toBeLessThanOrEqual(8200);
    expect(listed.length + omitted).toBe(100);
    expect(next).toMatchObject({ tool: 'get_task_result', when: 'to see all artifacts' });
    const all = await read(fitting('GetTaskResultInput', next?.arguments as unknown as GetTaskResultInput));
    expect(all.artifacts?.map(({ name }) => name)).toEqual(many.map(({ artifact }) => artifact.name));
    expect(all).not.toHaveProperty('artifacts_omitted');
  });

  it('is listed with the first piece of a large result, not with every one', async () => {
    const task_id = await taskWith({ text: 'x'.repeat(9000) }, ...artifacts);
    expect((await read({ task_id })).artifacts).toHaveLength(2);
    expect(await read({ task_id, offset: 8000 })).not.toHaveProperty('artifacts');
  });

  it('of text comes as text, of bytes as base64', async () => {
    const task_id = await taskWith({ text: 'done' }, ...artifacts);
    expect(await read({ task_id, artifact: 'notes.md' })).toMatchObject({ result: '# hé', encoding: 'utf-8' });
    expect(await read({ task_id, artifact: 'out/a.bin' })).toMatchObject({
      result: bytes.toString('base64'),
      encoding: 'base64',
      media_type: 'image/png',
    });
  });

  it.each([1, 2, 3])('comes back whole from pieces of %d bytes', async (max_bytes) => {
    const task_id = await taskWith({ text: 'done' }, ...artifacts);
    expect((await readWhole({ task_id, artifact: 'out/a.bin', max_bytes })).bytes).toEqual(bytes);
    expect((await readWhole({ task_id, artifact: 'notes.md', max_bytes })).bytes.toString()).toBe('# hé');
  });

  it('can be read while the task runs', async () => {
    const feed = new Feed();
    desk.host.driver.starting = feed.follow;
    const { task_id } = await desk.spawn();
    feed.push(artifacts[1]);
    await desk.host.until(task_id, 'running');
    expect(await read({ task_id, artifact: 'notes.md' })).toMatchObject({ terminal: false, result: '# hé' });
  });

  it('that is not there is refused, with the names that are', async () => {
    const task_id = await taskWith({ text: 'done' }, ...artifacts);
    await expect(desk.controlPlane.result({ task_id, artifact: 'other' })).rejects.toMatchObject({
      code: 'AD_TASK_ARTIFACT_NOT_FOUND',
      problems: [{ pointer: '/artifact', message: 'must be one of "out/a.bin", "notes.md"' }],
    });
  });
});
