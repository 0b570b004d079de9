// Interrupts of a run as questions of a task: asked, answered by a new run, and gone on from in another process.
import { afterEach, describe, expect, it } from '@jest/globals';
import { DispatchError } from '../../errors/index.js';
import type { Channel, DriverEvent, Handle, Receipt } from '../../provider/index.js';
import type { ProtocolDriver } from '../protocol-driver.js';
import { collect, contextFor, HANDLE } from '../http/testdata/loopback-agent.js';
import { createAgUiProtocolDriver } from './ag-ui-driver.js';
import { type AgUiAgent, type Answer, asking, startAgent, telling, wholeRun } from './testdata/agent.js';
import { finished, said, sse, started } from './testdata/events.js';

const NAME = { id: 'name', reason: 'input_required', message: 'Your name?' };

let agent: AgUiAgent | undefined;
afterEach(async () => agent?.close());

/** One task as a host follows it: what it stored, and what it was told. */
class Host {
  readonly events: DriverEvent[] = [];
  readonly following = new AbortController();
  handle: Handle = HANDLE;
  private iterator: AsyncIterator<DriverEvent> | undefined;

  constructor(
    readonly channel: Channel,
    private readonly driver: ProtocolDriver = createAgUiProtocolDriver(),
  ) {}

  /** Another process, with what the first one stored. */
  next(): Host {
    return Object.assign(new Host(this.channel), { handle: JSON.parse(JSON.stringify(this.handle)) as Handle });
  }

  follow(verb: 'start' | 'resume'): this {
    const context = contextFor({ signal: this.following.signal });
    this.iterator = this.driver[verb](this.channel, this.handle, context)[Symbol.asyncIterator]();
    return this;
  }

  async until(type: DriverEvent['type']): Promise<DriverEvent> {
    for (;;) {
      const step = await this.iterator?.next();
      if (step === undefined || step.done === true) throw new Error(`nothing more: ${JSON.stringify(this.events)}`);
      this.events.push(step.value);
      if (step.value.type === 'handle') this.handle = step.value.handle;
      if (step.value.type === type) return step.value;
    }
  }

  send(text: string, requestId?: string, id = 'm1'): Promise<Receipt> {
    const message = { id, text, ...(requestId !== undefined && { requestId }) };
    return this.driver.send?.(this.channel, this.handle, message, contextFor()) ?? Promise.reject(new Error('no send'));
  }

  cancel(): Promise<unknown> {
    return this.driver.cancel?.(this.channel, this.handle, contextFor()) ?? Promise.reject(new Error('no cancel'));
  }
}

async function hostOf(...answers: Answer[]): Promise<Host> {
  agent = await startAgent(...answers);
  return new Host(agent.channel);
}

describe('an interrupt', () => {
  it('is asked, and its answer is a new run in the same thread, with all that was said and the state', async () => {
    const state = { type: 'STATE_SNAPSHOT', snapshot: { step: 1 } };
    const words = said('first', 'Who are you?');
    const host = await hostOf(
      (response, names) =>
        telling(
          started(names),
          state,
          ...words,
          finished({ outcome: { type: 'interrupt', interrupts: [NAME] } }, names),
        )(response, names),
      wholeRun(...said('m', 'Hello Ann')),
    );
    expect(await host.follow('start').until('input_required')).toEqual({
      type: 'input_required',
      request: { requestId: '1/name', question: 'Your name?' },
    });
    const receipt = host.send('Ann', '1/name');
    expect(await host.until('input_received')).toEqual({ type: 'input_received', requestId: '1/name' });
    expect(await receipt).toEqual({ state: 'delivered' });
    expect(await host.until('ended')).toMatchObject({ outcome: 'succeeded', result: { text: 'Hello Ann' } });

    const [first, second] = agent?.inputs ?? [];
    expect(second).toEqual({
      ...first,
      runId: expect.not.stringMatching(first?.runId ?? ''),
      state: { step: 1 },
      messages: [...(first?.messages ?? []), { id: 'first', role: 'assistant', content: 'Who are you?' }],
      resume: [{ interruptId: 'name', status: 'resolved', payload: 'Ann' }],
    });
    expect(agent?.inputs).toHaveLength(2);
  });

  it('may come again and again, also under the same id', async () => {
    const host = await hostOf(asking(NAME), asking(NAME), wholeRun());
    host.follow('start');
    for (const requestId of ['1/name', '2/name']) {
      expect(await host.until('input_required')).toMatchObject({ request: { requestId } });
      const receipt = host.send('Ann', requestId, requestId);
      await host.until('input_received');
      expect(await receipt).toEqual({ state: 'delivered' });
    }
    expect(await host.until('ended')).toMatchObject({ outcome: 'succeeded' });
    expect(new Set(agent?.inputs.map(({ runId }) => runId)).size).toBe(3);
  });

  it('stays open after an answer that does not fit, and nothing is sent', async () => {
    const host = await hostOf(asking({ ...NAME, responseSchema: { type: 'object' } }), wholeRun());
    await host.follow('start').until('input_required');
    await expect(host.send('no JSON', '1/name')).rejects.toMatchObject({ code: 'AD_INPUT_INVALID' });
    expect(agent?.inputs).toHaveLength(1);
    const receipt = host.send('{}', '1/name', 'm2');
    await host.until('ended');
    expect(await receipt).toEqual({ state: 'delivered' });
  });

  it('stays open after an answer that the agent refused, with its reason', async () => {
    const host = await hostOf(
      asking(NAME),
      (response) => void response.writeHead(422).end('names have no digits'),
      wholeRun(),
    );
    await host.follow('start').until('input_required');
    const refused = host.send('Ann2', '1/name');
    refused.catch(() => undefined);
    expect(await host.until('input_required')).toMatchObject({ request: { requestId: '1/name' } });
    await expect(refused).rejects.toMatchObject({ message: expect.stringContaining('names have no digits') });
    const receipt = host.send('Ann', '1/name', 'm2');
    await host.until('ended');
    expect(await receipt).toEqual({ state: 'delivered' });
  });

  it('stays open after an answer of which the channel is certain that it was not sent', async () => {
    const host = await hostOf(asking(NAME), wholeRun());
    let fetches = 0;
    const throttled = new Host({
      fetch: (path, request) => {
        fetches += 1;
        if (fetches === 2) return Promise.reject(new DispatchError('AD_PROVIDER_THROTTLED', 'slow down'));
        return host.channel.fetch(path, request);
      },
    });
    await throttled.follow('start').until('input_required');
    const refused = throttled.send('Ann', '1/name');
    refused.catch(() => undefined);
    await throttled.until('input_required');
    await expect(refused).rejects.toMatchObject({ code: 'AD_PROVIDER_THROTTLED' });
    void throttled.send('Ann', '1/name', 'm2');
    expect(await throttled.until('ended')).toMatchObject({ outcome: 'succeeded' });
  });

  it('ends unknown when the answer broke off on its way, which is not sent again', async () => {
    const host = await hostOf(asking(NAME), (response) => void response.destroy());
    await host.follow('start').until('input_required');
    const receipt = host.send('Ann', '1/name');
    receipt.catch(() => undefined);
    expect(await host.until('unknown')).toMatchObject({ reason: expect.stringContaining('its end was not seen') });
    await expect(receipt).rejects.toThrow('fetch failed');
    expect(agent?.inputs).toHaveLength(2);
  });

  it('ends failed when the agent fails at the answer, and the receipt is not certain', async () => {
    const host = await hostOf(asking(NAME), (response) => void response.writeHead(500).end('boom'));
    await host.follow('start').until('input_required');
    const receipt = host.send('Ann', '1/name');
    receipt.catch(() => undefined);
    expect(await host.until('ended')).toMatchObject({ outcome: 'failed', error: { code: 'AD_PROTOCOL_AGENT_ERROR' } });
    await expect(receipt).rejects.toMatchObject({ details: { ambiguous: true } });
  });
});

describe('another process', () => {
  it('asks the open question again and goes on from it', async () => {
    const first = await hostOf(asking(NAME), wholeRun(...said('m', 'Hello Ann')));
    await first.follow('start').until('handle');
    await first.until('handle');
    // The first one dies here, before it could tell the question.
    const second = first.next().follow('resume');
    expect(await second.until('input_required')).toMatchObject({
      request: { requestId: '1/name', question: 'Your name?' },
    });
    const receipt = second.send('Ann', '1/name');
    expect(await second.until('ended')).toMatchObject({ outcome: 'succeeded', result: { text: 'Hello Ann' } });
    expect(await receipt).toEqual({ state: 'delivered' });
    expect(second.events[0]).toEqual({ type: 'attached' });
    expect(agent?.inputs.map(({ threadId }) => threadId)).toEqual(Array(2).fill(agent?.inputs[0]?.threadId));
  });

  it('cannot tell what became of an answer that the first one may have sent', async () => {
    const first = await hostOf(asking(NAME), wholeRun());
    await first.follow('start').until('input_required');
    first.send('Ann', '1/name').catch(() => undefined);
    await first.until('handle');
    const second = first.next().follow('resume');
    expect(await second.until('unknown')).toMatchObject({ reason: expect.stringContaining('cannot be asked') });
    expect(agent?.inputs).toHaveLength(1);
    first.following.abort(new Error('dead'));
  });

  it.each<[title: string, handle: Handle]>([
    ['a run that is under way', { ...HANDLE, conversation: { agUi: { threadId: 't', run: 1 } } }],
    ['a conversation in another protocol', { ...HANDLE, conversation: { contextId: 'c' } }],
    ['nothing', HANDLE],
  ])('sends nothing where it finds %s', async (_title, handle) => {
    const channel: Channel = { fetch: () => Promise.reject(new Error('must not be called')) };
    const events = await collect(createAgUiProtocolDriver().resume(channel, handle, contextFor()));
    expect(events).toEqual([{ type: 'unknown', reason: expect.stringContaining('cannot be asked') }]);
  });
});

describe('a message', () => {
  it('that answers nothing is rejected with what is asked', async () => {
    const host = await hostOf(asking(NAME));
    await host.follow('start').until('input_required');
    expect(await host.send('By the way')).toEqual({ state: 'rejected', reason: expect.stringContaining('1/name') });
    expect(await host.send('Ann', '1/other')).toMatchObject({ state: 'rejected' });
    host.following.abort(new Error('over'));
  });

  it('to a run that asks nothing is rejected', async () => {
    const host = await hostOf((response, names) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(sse(started(names)));
    });
    await host.follow('start').until('attached');
    expect(await host.send('Hurry')).toMatchObject({ state: 'rejected' });
    host.following.abort(new Error('over'));
  });
});

describe('cancel', () => {
  it('knows that nothing runs while a question is open, and cannot stop a run', async () => {
    const host = await hostOf(asking(NAME));
    await host.follow('start').until('attached');
    expect(await host.cancel()).toBe('unsupported');
    await host.until('input_required');
    expect(await host.cancel()).toBe('stopped');
    host.following.abort(new Error('over'));
    await expect(host.until('ended')).rejects.toThrow('over');
    expect(agent?.inputs).toHaveLength(1);
  });
});
