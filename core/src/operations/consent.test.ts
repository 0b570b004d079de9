// Policy rules with effect `ask`: a task comes of the very request to which a person consented, and of no other.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { SpawnCloudAgentInput, TaskView } from '@agent-dispatch/schemas';
import type { Consent } from '../control-plane.js';
import { isDispatchError } from '../errors/index.js';
import { Desk } from './testdata/control-plane.js';

let desk: Desk;
beforeEach(async () => {
  desk = await Desk.open();
  desk.operations.config.config.policy = { rules: [{ effect: 'ask', reason: 'It costs money.' }] };
});
afterEach(() => desk.controlPlane.close());

interface Question extends Consent {
  question: string;
}

/** What the person is asked about a call. */
async function asked(input: SpawnCloudAgentInput): Promise<Question> {
  const error: unknown = await desk.controlPlane.spawn(input).catch((thrown: unknown) => thrown);
  if (!isDispatchError(error) || error.code !== 'AD_POLICY_CONFIRMATION') throw error;
  return error.details?.['consent'] as Question;
}

const spawn = async (input: SpawnCloudAgentInput, consent: Consent): Promise<TaskView> =>
  (await desk.controlPlane.spawn(input, { consent })) as TaskView;
const tasks = async (): Promise<TaskView[]> => (await desk.controlPlane.list({})).tasks;

describe('a rule that asks', () => {
  it('starts nothing and says what a person has to consent to', async () => {
    const { question, digest, id } = await asked({ instruction: 'Tidy\nup', context: { a: 1 } });
    expect(question.split('\n')).toEqual([
      'A rule asks for your consent before this task starts: It costs money.',
      'Where: scripted/actor, account profile "dev", target mode runtime, runtime "helper"',
      'Instruction: "Tidy\\nup"',
      'Context: {"a":1}',
    ]);
    expect([digest, id]).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/), expect.any(String)]);
    expect(await tasks()).toEqual([]);
  });

  it('shows how much of a long instruction is not shown, and no character that could mislead', async () => {
    const { question } = await asked({ instruction: `\u202e\u{e0041}${'x'.repeat(2000)}` });
    expect(question).toContain('\\u202e\\udb40\\udc41xxx');
    expect(question).toContain('xxx ... and 1005 characters more');
  });

  it('lets the request start that was consented to, and records it', async () => {
    const consent = await asked({ instruction: 'Go.' });
    const { task_id } = await spawn({ instruction: 'Go.' }, consent);
    expect(await desk.operations.store.readEvents(task_id, 0, 1)).toMatchObject([
      { type: 'accepted', reason: 'a person consented: It costs money.' },
    ]);
  });

  it('makes one task of one consent, however often the request comes', async () => {
    const consent = await asked({ instruction: 'Go.' });
    const ids = [await spawn({ instruction: 'Go.' }, consent), await spawn({ instruction: 'Go.' }, consent)];
    expect(new Set(ids.map(({ task_id }) => task_id)).size).toBe(1);
    expect(await tasks()).toHaveLength(1);
  });

  it('makes one task of one consent, whatever ids its client gives its calls', async () => {
    const consent = await asked({ instruction: 'Go.' });
    for (const callId of ['a', 'b'])
      await desk.controlPlane.spawn({ instruction: 'Go.' }, { consent, caller: { callId } });
    expect(await tasks()).toHaveLength(1);
  });

  it('asks about a request of any size', async () => {
    const input = { instruction: 'x'.repeat(400_000), idempotency_key: 'k' };
    expect(await spawn(input, await asked(input))).toMatchObject({ status: 'queued' });
  });

  it.each([
    ['another instruction', { instruction: 'Go on.' }],
    ['other details', { instruction: 'Go.', timeout_seconds: 5 }],
    ['other files', { instruction: 'Go.', inputs: [{ path: 'a', text: 'b' }] }],
    ['one of another key', { instruction: 'Go.', idempotency_key: 'other' }],
  ])('takes the consent to one request for none to %s', async (_what, input) => {
    const consent = await asked({ instruction: 'Go.' });
    await expect(spawn(input, consent)).rejects.toMatchObject({ code: 'AD_POLICY_CONFIRMATION' });
    expect(await tasks()).toEqual([]);
  });

  it('takes a consent under one rule for none under another', async () => {
    const consent = await asked({ instruction: 'Go.' });
    desk.operations.config.config.policy = { rules: [{ effect: 'ask', reason: 'It costs more.' }] };
    await expect(spawn({ instruction: 'Go.' }, consent)).rejects.toMatchObject({ code: 'AD_POLICY_CONFIRMATION' });
  });

  it('knows no argument by which a model could consent', async () => {
    const { digest, id } = await asked({ instruction: 'Go.' });
    const input = { instruction: 'Go.', consent: { digest, id } } as SpawnCloudAgentInput;
    await expect(desk.controlPlane.spawn(input)).rejects.toMatchObject({ code: 'AD_INPUT_INVALID' });
  });

  it('does not ask again about a task that is there', async () => {
    const input = { instruction: 'Go.', idempotency_key: 'k' };
    const first = await spawn(input, await asked(input));
    const again = (await desk.controlPlane.spawn(input)) as TaskView;
    expect(again.task_id).toBe(first.task_id);
  });

  it('asks about a request with a key, and starts nothing for it', async () => {
    await asked({ instruction: 'Go.', idempotency_key: 'k' });
    expect(await tasks()).toEqual([]);
  });
});
