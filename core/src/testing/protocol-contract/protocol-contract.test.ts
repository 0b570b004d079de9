// The kit passes a driver that keeps the contract, and each way to break it fails the tests that are about it.
import { afterAll, describe, expect, it } from '@jest/globals';
import type { DriverEvent } from '../../provider/index.js';
import type { ProtocolContractOptions } from './options.js';
import { type Break, failuresOf, SOUND, titlesOf } from './testdata/run-kit.js';

const TEST_MS = 60_000;

it('passes a driver that keeps the contract', async () => expect(await failuresOf({})).toEqual([]), TEST_MS);

/** Ends what no test could. */
const deaf = new AbortController();
afterAll(() => deaf.abort());

const ENDED: DriverEvent = { type: 'ended', outcome: 'succeeded', result: { text: 'all said' } };

const BREAKS: Record<string, { does: Break; fails: string[] }> = {
  'keeps output back until the end': {
    does: {
      async *start(channel, handle, context) {
        const events: DriverEvent[] = [];
        for await (const event of SOUND.start(channel, handle, context)) events.push(event);
        yield* events;
      },
    },
    fails: ['streamed: of ten chunks each is readable before the next is said'],
  },
  'resumes from the beginning': {
    does: {
      resume: (channel, handle, { cursor, ...context }) => SOUND.resume(channel, handle, context),
    },
    fails: [
      'reconnect: another process hears what was said while nobody listened, each once',
      'reconnect: replay: from every cursor on everything after it is told, once',
    ],
  },
  'begins work in resume': {
    does: { resume: (channel, handle, context) => SOUND.start(channel, handle, context) },
    fails: ['reconnect: a resume of work that nobody began finds none, and begins none'],
  },
  'takes a broken connection for the end': {
    does: {
      async *start(channel, handle, context) {
        for await (const event of SOUND.start(channel, handle, context)) {
          yield event;
          if (event.type === 'log' && event.text.includes('chunk 5')) break;
        }
        yield ENDED;
      },
    },
    fails: ['reconnect: connections that are cut in the middle cost nothing that was said'],
  },
  'tells no questions': {
    does: {
      async *start(channel, handle, context) {
        for await (const event of SOUND.start(channel, handle, context)) {
          if (event.type !== 'input_required') yield event;
        }
      },
    },
    fails: ['input_required: a question is told, and its answer goes to the agent, which goes on'],
  },
  'loses what it is sent': {
    does: { send: async () => ({ state: 'delivered' }) },
    fails: [
      'input_required: a question is told, and its answer goes to the agent, which goes on',
      'input_required: a message to work that has ended is not taken',
      'message: a message that nobody asked for reaches running work',
    ],
  },
  'gives each message an id of its own': {
    does: {
      send: (channel, handle, message, context) =>
        SOUND.send(channel, handle, { ...message, id: String(Math.random()) }, context),
    },
    fails: ['message: a message that nobody asked for reaches running work'],
  },
  'says that it cancelled': {
    does: { cancel: async () => 'stopped' },
    fails: [
      'cancel: a cancel stops the agent, and no event tells of success',
      'cancel: a second cancel has no further effect',
    ],
  },
  'calls every failure a success': {
    does: {
      async *start(channel, handle, context) {
        try {
          for await (const event of SOUND.start(channel, handle, context)) {
            yield event.type === 'ended' ? { ...ENDED, result: event.result } : event;
          }
        } catch {
          yield ENDED;
        }
      },
    },
    fails: [
      'work that fails ends failed, with a code and the words of the agent',
      "a page of HTML in the place of the agent's answer is told with a code",
      'a message without an end (application/json) is given up',
    ],
  },
  'throws what has no code': {
    does: {
      async *start(channel, handle, context) {
        try {
          yield* SOUND.start(channel, handle, context);
        } catch (error) {
          throw new Error(String(error), { cause: error });
        }
      },
    },
    fails: ["nothing at all in the place of the agent's answer is told with a code"],
  },
  'leaves files out': {
    does: {
      async *start(channel, handle, context) {
        for await (const event of SOUND.start(channel, handle, context)) if (event.type !== 'artifact') yield event;
      },
    },
    fails: ['artifact: a file that the agent leaves comes with its bytes, and no copy of it stays'],
  },
  'does not hear an abort': {
    does: {
      start: (channel, handle, context) => SOUND.start(channel, handle, { ...context, signal: deaf.signal }),
    },
    fails: ['following settles when it is aborted, while the agent is silent'],
  },
  'writes secrets into the log': {
    does: {
      start(channel, handle, context) {
        context.logger.info('starting', { secrets: context.secrets });
        return SOUND.start(channel, handle, context);
      },
    },
    fails: ['no secret is in an event, a handle, an error or the log'],
  },
  'tells more after the end': {
    does: {
      async *start(channel, handle, context) {
        yield* SOUND.start(channel, handle, context);
        yield { type: 'progress', message: 'by the way' };
      },
    },
    fails: ['work that ends well tells one end, with its result'],
  },
  'cuts long output': {
    does: {
      async *start(channel, handle, context) {
        for await (const event of SOUND.start(channel, handle, context)) {
          yield event.type === 'log' ? { ...event, text: event.text.slice(0, 1000) } : event;
        }
      },
    },
    fails: ['much output at once comes whole, in events of at most 64 KiB'],
  },
};

describe.each(Object.entries(BREAKS))('a driver that %s', (_name, { does, fails }) => {
  it.each(fails)('fails: %s', async (title) => expect(await failuresOf(does, title)).toEqual([title]), TEST_MS);
});

describe('what is declared impossible', () => {
  const declared = async (impossible: ProtocolContractOptions['impossible'], does: Break = {}): Promise<string[]> =>
    failuresOf(does, 'impossible', { impossible });

  it('is left out', () => {
    const titles = titlesOf({ impossible: { cancel: 'The protocol has no request to stop.' } });
    expect(titles.filter((title) => title.startsWith('cancel'))).toEqual([
      'cancel is impossible, and the driver says so: The protocol has no request to stop.',
    ]);
  });

  it.each<[string, ProtocolContractOptions['impossible']]>([
    ['without a reason', { replay: ' ' }],
    ['under an unknown name', { telepathy: 'Nobody has found out how.' } as never],
  ])('%s fails', async (_name, impossible) => {
    expect(await failuresOf({}, 'what it cannot do is named, with a reason', { impossible })).toHaveLength(1);
  });

  it('and is possible after all fails', async () => {
    const reason = 'Nobody has found out how.';
    expect(await declared({ cancel: reason, reconnect: reason, message: reason })).toEqual(
      ['message', 'cancel', 'reconnect'].map((cell) => expect.stringMatching(`^${cell} is impossible`)),
    );
  });

  it('and is refused by the driver passes', async () => {
    const reason = 'Nobody has found out how.';
    const does: Break = {
      cancel: async () => 'unsupported',
      send: async () => ({ state: 'rejected', reason }),
    };
    expect(await declared({ cancel: reason, input_required: reason, message: reason }, does)).toEqual([]);
  });
});
