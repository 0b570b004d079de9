// Contract: whatever stands between host and agent may answer in its place. No such answer is a success, none is followed for
// ever, and what is told of it has a code.
import assert from 'node:assert/strict';
import { isDispatchError, isErrorCode } from '../../errors/index.js';
import type { Channel, ChannelRequest, DriverEvent } from '../../provider/index.js';
import type { ProtocolCase } from './test-case.js';

const KIB = 1024;

/** More than any driver may hold of one message. */
const FLOOD_BYTES = 1024 * KIB * KIB;

const ANSWERS: Readonly<Record<string, () => Response>> = {
  'a page of HTML': () => answer('text/html', '<html><body>Bad gateway</body></html>'),
  'a page of HTML with an error status': () => answer('text/html', '<html>Bad gateway</html>', 502),
  'an address that is not there': () => answer('application/json', '{"message":"not found"}', 404),
  'JSON of something else': () => answer('application/json', '{"hello":"world"}'),
  'broken JSON': () => answer('application/json', '{"jsonrpc":"2.0","result":{"wor'),
  'broken lines of JSON': () => answer('application/x-ndjson', '{"type":"attached"\n]}\nnonsense\n'),
  'a broken event stream': () => answer('text/event-stream', 'data: {"type":\n\ndata: nonsense\n\n: end'),
  'bytes that are no text': () => answer('application/octet-stream', Uint8Array.from([0, 255, 254, 1, 0, 128])),
  'nothing at all': () => answer('application/json', ''),
};

const FLOODS = ['application/json', 'application/x-ndjson', 'text/event-stream'];

export function badAnswerCases(test: ProtocolCase): void {
  for (const [name, respond] of Object.entries(ANSWERS)) {
    test([], `${name} in the place of the agent's answer is told with a code`, async (open) => {
      const conversation = await open(async () => ({ result: 'done' }));
      const channel: Channel = { ...conversation.agent.channel, fetch: async () => respond() };
      await assertNoSuccess(conversation.follow('start', channel));
      assert.equal(conversation.begun, 0);
    });
  }

  for (const type of FLOODS) {
    test([], `a message without an end (${type}) is given up`, async (open) => {
      const conversation = await open(async () => ({ result: 'done' }));
      let poured = 0;
      const channel: Channel = {
        ...conversation.agent.channel,
        fetch: async (_path, { signal }: ChannelRequest) => {
          const body = flood(signal, (bytes) => (poured += bytes));
          return new Response(body, { headers: { 'content-type': type } });
        },
      };
      await assertNoSuccess(conversation.follow('start', channel));
      assert(poured < FLOOD_BYTES, 'it was read to its end');
    });
  }
}

/** A failure with a code, or the word that nobody can tell. */
async function assertNoSuccess(following: { rest: () => Promise<DriverEvent[]> }): Promise<void> {
  const outcome = await following.rest().then(
    (events) => events.at(-1),
    (error: unknown) => ({ type: 'thrown' as const, error }),
  );
  const told = JSON.stringify(outcome);
  switch (outcome?.type) {
    case 'thrown':
      return assert(isDispatchError(outcome.error), `it threw ${String(outcome.error)}`);
    case 'ended':
      assert.equal(outcome.outcome, 'failed', told);
      return assert(isErrorCode(outcome.error?.code ?? ''), told);
    default:
      return assert.equal(outcome?.type, 'unknown', `it ended with ${told}`);
  }
}

const answer = (type: string, body: string | Uint8Array<ArrayBuffer>, status = 200): Response =>
  new Response(body, { status, headers: { 'content-type': type } });

/** One word without an end, at least for a GiB. */
function flood(signal: AbortSignal, poured: (bytes: number) => void): ReadableStream<Uint8Array> {
  const chunk = Buffer.from('data: {"text":"'.padEnd(64 * KIB, 'x'));
  const more = Buffer.alloc(64 * KIB, 'x');
  let total = 0;
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (signal.aborted) return controller.error(signal.reason);
        const next = total === 0 ? chunk : more;
        total += next.length;
        poured(next.length);
        controller.enqueue(next);
        if (total >= FLOOD_BYTES) controller.close();
      },
    },
    { highWaterMark: 0 },
  );
}
