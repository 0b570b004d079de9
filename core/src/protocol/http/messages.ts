// Cuts a stream of text into the messages of its framing: server-sent events or lines of JSON.
import { createParser } from 'eventsource-parser';
import { DispatchError } from '../../errors/index.js';
import type { HttpLimits } from './limits.js';

type Limits = Pick<HttpLimits, 'eventCharacters'>;

/** The data of each server-sent event. Errors: AD_PROTOCOL_TOO_LARGE; AD_PROTOCOL_RESPONSE when nothing in it is an event. */
export async function* readEvents(text: AsyncIterable<string>, limits: Limits): AsyncGenerator<string> {
  const ready: string[] = [];
  let events = 0;
  let stranger: string | undefined;
  let tooLarge = false;
  const parser = createParser({
    maxBufferSize: limits.eventCharacters,
    onEvent: ({ data }) => {
      events += 1;
      ready.push(data);
    },
    // The format tells readers to skip fields they do not know; a body of nothing else is no event stream.
    onError: ({ type, line }) => {
      if (type === 'max-buffer-size-exceeded') tooLarge = true;
      else stranger ??= line;
    },
  });
  const feed = (chunk: string): void => {
    parser.feed(chunk);
    if (tooLarge) throw messageTooLarge(limits);
  };
  for await (const chunk of text) {
    feed(chunk);
    yield* ready.splice(0);
  }
  // The body ended properly, so an event without its closing empty line is whole.
  feed('\n\n');
  yield* ready.splice(0);
  if (events === 0 && stranger !== undefined) {
    throw new DispatchError('AD_PROTOCOL_RESPONSE', 'The agent announced an event stream and sent something else.');
  }
}

/** Each line that is not empty. Errors: AD_PROTOCOL_TOO_LARGE. */
export async function* readLines(text: AsyncIterable<string>, limits: Limits): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of text) {
    // The rest is not searched again: a line without an end would cost more with each chunk.
    const [end = '', ...more] = chunk.split('\n');
    const lines = more.length === 0 ? [] : [rest + end, ...more.slice(0, -1)];
    rest = more.at(-1) ?? rest + end;
    if ([rest, ...lines].some(({ length }) => length > limits.eventCharacters)) throw messageTooLarge(limits);
    yield* lines.filter((line) => line.trim() !== '');
  }
  if (rest.trim() !== '') yield rest;
}

function messageTooLarge({ eventCharacters }: Limits): DispatchError {
  return new DispatchError(
    'AD_PROTOCOL_TOO_LARGE',
    `One event of the agent's stream is over ${eventCharacters} characters.`,
  );
}
