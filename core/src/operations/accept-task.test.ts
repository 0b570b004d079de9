// Inputs at acceptance: taken before the caller has the answer, lent to the driver where it begins work, and never read
// for what is not accepted.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DispatchRequest } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import type { DriverContext } from '../provider/index.js';
import { events } from '../engine/testdata/scripted-driver.js';
import { Desk } from './testdata/control-plane.js';

let desk: Desk;
let directory: string;
beforeEach(async () => {
  desk = await Desk.open();
  directory = await mkdtemp(path.join(tmpdir(), 'accept-'));
});
afterEach(async () => {
  await desk.controlPlane.close();
  await rm(directory, { recursive: true });
});

const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');
type Inputs = NonNullable<DispatchRequest['input']['inputs']>;
const inputsOf = ({ request }: DriverContext): Inputs => request.input.inputs ?? [];

async function file(name: string, content: string): Promise<{ path: string; file: string }> {
  await writeFile(path.join(directory, name), content);
  return { path: `in/${name}`, file: path.join(directory, name) };
}

describe('the inputs of a task', () => {
  it('have the content they had at the call, whatever becomes of the files', async () => {
    const seen: Record<string, unknown> = {};
    const lent: string[] = [];
    desk.host.driver.provisioning = async function* (_handle, context) {
      for (const input of inputsOf(context)) {
        seen[input.path] = input.text ?? (await readFile(input.file ?? '', 'utf8'));
        if (input.file !== undefined) lent.push(input.file);
      }
      yield* events();
    };
    const inputs = [await file('a', 'first'), await file('b', 'second'), { path: 'c', text: 'a text' }];
    const { task_id } = await desk.spawn({ inputs });
    await rm(path.join(directory, 'a'));
    await writeFile(path.join(directory, 'b'), 'changed');
    await desk.host.until(task_id, 'succeeded');
    expect(seen).toEqual({ 'in/a': 'first', 'in/b': 'second', c: 'a text' });
    await desk.host.eventually(() => lent.every((one) => !existsSync(one)));
  });

  it('have a path for verbs that begin work, and name and digest for every other', async () => {
    let planned: Inputs = [];
    const { planning } = desk.host.driver;
    desk.host.driver.planning = (request, context) => {
      planned = request.input.inputs ?? [];
      return planning(request, context);
    };
    const { task_id } = await desk.spawn({ inputs: [await file('a', 'content')] });
    await desk.host.until(task_id, 'succeeded');
    await desk.host.eventually(() => desk.host.driver.verbs(task_id).includes('cleanup'));
    const named = { path: 'in/a', sha256: sha256('content') };
    expect(planned).toEqual([named]);
    expect(inputsOf(desk.host.driver.last('cleanup').context)).toEqual([named]);
    for (const verb of ['provision', 'start'] as const)
      expect(inputsOf(desk.host.driver.last(verb).context)).toEqual([
        { ...named, file: expect.any(String) as unknown },
      ]);
  });

  it('are not part of the record, however many', async () => {
    const inputs = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        file(`${String(index)}-${'x'.repeat(100)}`, `content ${String(index)}`),
      ),
    );
    const { task_id } = await desk.spawn({ inputs });
    const { input } = await desk.host.record(task_id);
    expect(input).toEqual({ blob: 'input.json', size: expect.any(Number) as unknown });
    await desk.host.until(task_id, 'succeeded');
    expect(inputsOf(desk.host.driver.last('start').context)).toHaveLength(100);
  });

  it('leave as much room for the instruction as a task without them has', async () => {
    const instruction = 'x'.repeat(300_000);
    await expect(desk.controlPlane.spawn({ instruction })).resolves.toMatchObject({ status: 'queued' });
    const inputs = [await file('a', 'content')];
    const { task_id } = (await desk.spawn({ instruction, inputs })) as { task_id: string };
    const task = await desk.host.until(task_id, 'succeeded');
    expect(task.input.blob).toBeDefined();
  });

  it('are not asked for again by a call that is repeated', async () => {
    const inputs = [await file('a', 'content')];
    const first = await desk.spawn({ inputs, idempotency_key: 'k' });
    await rm(path.join(directory, 'a'));
    expect((await desk.spawn({ inputs, idempotency_key: 'k' })).task_id).toBe(first.task_id);
  });

  it('that cannot be taken start nothing, and leave the key free', async () => {
    const inputs = [{ ...(await file('a', 'content')), sha256: sha256('other') }];
    const spawn = (): Promise<unknown> =>
      desk.controlPlane.spawn({ instruction: 'do it', inputs, idempotency_key: 'k' });
    await expect(spawn()).rejects.toMatchObject({
      code: 'AD_INPUT_INVALID',
      problems: [{ pointer: '/inputs/0/sha256' }],
    });
    expect((await desk.controlPlane.list({})).tasks).toEqual([]);
    await file('a', 'other');
    await expect(spawn()).resolves.toMatchObject({ status: 'queued' });
  });

  it('are named by their place in the arguments of the tool that was called', async () => {
    const dispatch = desk.controlPlane.dispatch({
      provider: 'scripted',
      account_profile: 'dev',
      capability: 'agent-runtime',
      task_type: 'agent.run',
      target: { mode: 'runtime', protocol: 'stdio' },
      input: { instruction: 'do it', inputs: [{ path: 'a', file: path.join(directory, 'none') }] },
    });
    await expect(dispatch).rejects.toMatchObject({ problems: [{ pointer: '/input/inputs/0/file' }] });
  });

  it('are not read for a question or a dry run', async () => {
    const inputs = [{ path: 'a', file: path.join(directory, 'none') }];
    await expect(desk.controlPlane.spawn({ inputs })).resolves.toMatchObject({ status: 'needs_clarification' });
    await expect(desk.controlPlane.explain({ instruction: 'do it', inputs })).resolves.toMatchObject({
      status: 'explained',
    });
  });

  it('of a task that tries again are there again', async () => {
    const contents: string[] = [];
    desk.host.driver.provisioning = async function* (_handle, context) {
      contents.push(await readFile(inputsOf(context)[0]?.file ?? '', 'utf8'));
      if (contents.length === 1) throw new DispatchError('AD_PROVIDER_UNAVAILABLE', 'no answer');
      yield* events();
    };
    desk.operations.config.config.runtimes = {
      helper: { account: 'dev', target: { mode: 'runtime', protocol: 'stdio' }, retry: { maxAttempts: 2 } },
    };
    const { task_id } = await desk.spawn({ inputs: [await file('a', 'content')] });
    await rm(path.join(directory, 'a'));
    await desk.host.eventually(() => contents.length === 1);
    await desk.host.clock.advance(60_000);
    await desk.host.until(task_id, 'succeeded');
    expect(contents).toEqual(['content', 'content']);
  });
});
