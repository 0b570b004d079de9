// What a person at the client is asked, in both protocol eras, and that nothing is started before the last answer.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Consent, ControlPlane } from '@agent-dispatch/core';
import { DispatchError } from '@agent-dispatch/core/errors';
import type { SpawnCloudAgentInput } from '@agent-dispatch/schemas';
import type { Client, ElicitRequestFormParams, ElicitResult } from '@modelcontextprotocol/client';
import { connectedClient, ERAS } from './testdata/connected-client.js';
import { scriptedControlPlane } from './testdata/scripted-control-plane.js';

type Form = ElicitRequestFormParams;
type Reply = (form: Form, round: number) => ElicitResult | Promise<ElicitResult>;
interface Call {
  input: SpawnCloudAgentInput;
  consent?: Consent;
}

const started = { task_id: 't', status: 'queued', terminal: false };
const question = (id: string, pointer: string, choices?: string[]) => ({
  id,
  pointer,
  question: `Which ${id}?`,
  ...(choices && { choices }),
});
const clarification = (input: object, ...questions: object[]) => ({
  status: 'needs_clarification',
  questions,
  retry_tool: 'spawn_cloud_agent',
  retry_arguments: input,
});

describe.each(ERAS)('a person, %s era', (era) => {
  let client: Client;
  let calls: Call[];
  let forms: Form[];
  let time: number;
  beforeEach(() => {
    time = 0;
    calls = [];
    forms = [];
  });
  afterEach(() => {
    jest.restoreAllMocks();
    return client.close();
  });

  /** @param answer what the control plane makes of a call. @param reply absent: the client declares no forms. */
  async function open(answer: (call: Call) => object, reply?: Reply, more: Partial<ControlPlane> = {}): Promise<void> {
    const spawn = async (input: SpawnCloudAgentInput, { consent }: { consent?: Consent } = {}): Promise<never> => {
      const call = { input, ...(consent && { consent }) };
      calls.push(call);
      return answer(call) as never;
    };
    client = await connectedClient({
      era,
      connect: async () => scriptedControlPlane({ spawn, ...more }),
      now: () => time,
      ...(reply && {
        capabilities: { elicitation: { form: {} } },
        prepare: (made: Client) =>
          made.setRequestHandler('elicitation/create', async ({ params }) => {
            forms.push(params as Form);
            return await reply(params as Form, forms.length);
          }),
      }),
    });
  }
  const spawn = async (input: object = {}) =>
    await client.callTool({ name: 'spawn_cloud_agent', arguments: { ...input } });
  const errorOf = ({ isError, content }: Awaited<ReturnType<typeof spawn>>): Record<string, unknown> => {
    const [text] = content;
    if (isError !== true || text?.type !== 'text') throw new Error('expected an error');
    return (JSON.parse(text.text) as { error: Record<string, unknown> }).error;
  };
  const accept = (content: NonNullable<ElicitResult['content']>): ElicitResult => ({ action: 'accept', content });

  it('who takes long leaves the call less to wait, where it is one call to the client', async () => {
    const reply = (): ElicitResult => {
      time += 20_000;
      return accept({ instruction: 'Go.' });
    };
    const wants = ({ input }: Call): object =>
      input.instruction === undefined ? clarification(input, question('instruction', '/instruction')) : started;
    await open(wants, reply);
    await spawn({ wait_seconds: 45 });
    expect(calls.at(-1)?.input.wait_seconds).toBe(era === 'legacy' ? 30 : 45);
  });

  describe('who is asked for what is missing', () => {
    const wantsBoth = ({ input }: Call): object =>
      input.instruction === undefined
        ? clarification(input, question('instruction', '/instruction'), question('a/b', '/context/a~1b', ['x', 'y']))
        : started;

    it('answers in one form, and the call goes on with the answers', async () => {
      await open(wantsBoth, () => accept({ instruction: 'Go.', field_2: 'y' }));
      expect((await spawn({ runtime: 'r' })).structuredContent).toEqual(started);
      expect(forms.map(({ requestedSchema }) => requestedSchema)).toEqual([
        {
          type: 'object',
          properties: {
            instruction: { type: 'string', title: 'instruction', description: 'Which instruction?' },
            field_2: { type: 'string', title: 'a/b', description: 'Which a/b?', enum: ['x', 'y'] },
          },
          required: ['instruction', 'field_2'],
        },
      ]);
      expect(calls.map(({ input }) => input)).toEqual([
        { runtime: 'r' },
        { runtime: 'r', instruction: 'Go.', context: { 'a/b': 'y' } },
      ]);
    });

    it('is asked again when an answer shows that more is missing, and keeps what was answered', async () => {
      const answer = ({ input }: Call): object => {
        if (input.runtime === undefined) return clarification(input, question('runtime', '/runtime'));
        return input.instruction === undefined
          ? clarification(input, question('instruction', '/instruction'))
          : started;
      };
      await open(answer, (_form, round) => accept(round === 1 ? { runtime: 'r' } : { instruction: 'Go.' }));
      expect((await spawn()).structuredContent).toEqual(started);
      expect(calls.at(-1)?.input).toEqual({ runtime: 'r', instruction: 'Go.' });
    });

    it.each(['decline', 'cancel'] as const)(
      'may %s: then the model gets the questions, and nothing is started',
      async (action) => {
        await open(wantsBoth, () => ({ action }));
        expect((await spawn()).structuredContent).toMatchObject({ status: 'needs_clarification' });
        expect([forms.length, calls.filter(({ input }) => input.instruction !== undefined)]).toEqual([1, []]);
      },
    );

    it('is not asked for ever', async () => {
      await open(wantsBoth, () => accept({ instruction: '' }));
      expect((await spawn()).structuredContent).toMatchObject({ status: 'needs_clarification' });
      expect(forms).toHaveLength(5);
    });

    it('is not asked where the client declares no forms', async () => {
      await open(wantsBoth);
      expect((await spawn()).structuredContent).toMatchObject({ status: 'needs_clarification' });
      expect(calls).toHaveLength(1);
    });

    it('cannot reach what is inherited', async () => {
      const answer = ({ input }: Call): object =>
        input.instruction === undefined ? clarification(input, question('x', '/__proto__/instruction')) : started;
      await open(answer, () => accept({ x: 'Go.' }));
      expect((await spawn()).structuredContent).toMatchObject({ status: 'needs_clarification' });
      expect(({} as Record<string, unknown>)['instruction']).toBeUndefined();
    });
  });

  describe('who is asked for consent', () => {
    const details = (id: string): object => ({
      rule: '/policy/rules/0',
      reason: 'It costs.',
      consent: { id, digest: 'd1', question: 'A rule asks.\nInstruction: "Go."' },
    });
    const wantsConsent = ({ consent }: Call): object => {
      if (consent?.digest === 'd1') return started;
      throw new DispatchError('AD_POLICY_CONFIRMATION', 'The policy asks.', {
        details: { ...details(`q${String(calls.length)}`) },
      });
    };

    it('sees what would be started, and by a yes starts that', async () => {
      await open(wantsConsent, () => accept({ start: true }));
      expect((await spawn({ instruction: 'Go.' })).structuredContent).toEqual(started);
      expect(forms[0]?.message).toBe('A rule asks.\nInstruction: "Go."');
      expect(calls).toEqual([
        { input: { instruction: 'Go.' } },
        { input: { instruction: 'Go.' }, consent: { digest: 'd1', id: 'q1' } },
      ]);
    });

    it.each<[string, ElicitResult, RegExp]>([
      ['says no', accept({ start: false }), /another way/],
      ['says neither', accept({}), /another way/],
      ['declines', { action: 'decline' }, /another way/],
      ['cancels', { action: 'cancel' }, /agentdispatch run/],
    ])('and %s has nothing started', async (_what, reply, hint) => {
      await open(wantsConsent, () => reply);
      const error = errorOf(await spawn({ instruction: 'Go.' }));
      expect(error).toMatchObject({ code: 'AD_POLICY_CONFIRMATION', hint: expect.stringMatching(hint) as unknown });
      expect(calls).toEqual([{ input: { instruction: 'Go.' } }]);
    });

    it('is asked about a request that was completed by answers', async () => {
      const answer = (call: Call): object =>
        call.input.instruction === undefined
          ? clarification(call.input, question('instruction', '/instruction'))
          : wantsConsent(call);
      await open(answer, (_form, round) => accept(round === 1 ? { instruction: 'Go.' } : { start: true }));
      expect((await spawn()).structuredContent).toEqual(started);
      expect(calls.at(-1)).toEqual({ input: { instruction: 'Go.' }, consent: { digest: 'd1', id: 'q2' } });
    });

    it('is not asked where the client declares no forms; the model sees no question that it could answer itself', async () => {
      await open(wantsConsent);
      const error = errorOf(await spawn({ instruction: 'Go.' }));
      expect(error).toMatchObject({
        code: 'AD_POLICY_CONFIRMATION',
        hint: expect.stringContaining('agentdispatch run') as unknown,
      });
      expect(error['details']).toEqual({ rule: '/policy/rules/0', reason: 'It costs.' });
    });

    it('is not asked about a dry run', async () => {
      await open(wantsConsent, () => accept({ start: true }), {
        dispatch: () =>
          Promise.reject(new DispatchError('AD_POLICY_CONFIRMATION', 'asks', { details: { ...details('q') } })),
      });
      const result = await client.callTool({ name: 'dispatch_task', arguments: { explain: true } });
      expect(errorOf(result)['code']).toBe('AD_POLICY_CONFIRMATION');
      expect(forms).toEqual([]);
    });
  });

  if (era === 'modern')
    it('who answers too late is asked anew, and nothing of the late answer counts', async () => {
      const now = Date.now();
      const clock = jest.spyOn(Date, 'now').mockReturnValue(now);
      const wants = ({ input }: Call): object =>
        input.instruction === undefined ? clarification(input, question('instruction', '/instruction')) : started;
      await open(wants, (_form, round) => {
        if (round === 1) clock.mockReturnValue(now + 10 * 60_000 + 1);
        return accept({ instruction: `Go, ${String(round)}.` });
      });
      expect((await spawn()).structuredContent).toEqual(started);
      expect(forms).toHaveLength(2);
      expect(calls.map(({ input }) => input.instruction)).toEqual([undefined, undefined, 'Go, 2.']);
    });

  if (era === 'legacy')
    it('whose client fails to show a form is not asked', async () => {
      await open(
        ({ input }) => clarification(input, question('instruction', '/instruction')),
        () => Promise.reject(new Error('no screen')),
      );
      expect((await spawn()).structuredContent).toMatchObject({ status: 'needs_clarification' });
    });
});

describe('what a modern client brings back', () => {
  const refused = new DispatchError('AD_POLICY_CONFIRMATION', 'The policy asks.', {
    details: { consent: { id: 'q', digest: 'd', question: 'May it?' } },
  });

  it.each(['', 'v1.e30.AAAA', JSON.stringify({ consent: { digest: 'd', id: 'q' } })])(
    'is believed only where it is ours (%j)',
    async (requestState) => {
      const calls: unknown[] = [];
      const plane = scriptedControlPlane({ spawn: (input) => (calls.push(input), Promise.reject(refused)) });
      const capabilities = { elicitation: { form: {} } };
      const client = await connectedClient({ era: 'modern', connect: async () => plane, capabilities });
      const params = {
        name: 'spawn_cloud_agent',
        arguments: { instruction: 'Go.' },
        inputResponses: { person: { action: 'accept', content: { start: true } } },
        requestState,
      };
      await expect(client.request({ method: 'tools/call', params })).rejects.toMatchObject({
        code: -32602,
        message: expect.stringContaining('requestState') as unknown,
      });
      expect(calls).toEqual([]);
      await client.close();
    },
  );
});
