// Contract: what a protocol is said not to do is named with a reason, and the driver is honest about it.
import assert from 'node:assert/strict';
import { Conversation } from './conversation.js';
import { Gates } from './gates.js';
import { PROTOCOL_CELLS, type AgentScript, type ProtocolCell, type ProtocolContractOptions } from './options.js';

type Check = (open: (script: AgentScript) => Promise<Conversation>) => Promise<void>;

export function declarationCases(options: ProtocolContractOptions): void {
  const { test, protocol, impossible = {} } = options;
  test(`${protocol}: what it cannot do is named, with a reason`, async () => {
    const known: readonly string[] = PROTOCOL_CELLS;
    for (const [cell, reason] of Object.entries(impossible)) {
      assert(known.includes(cell), `${cell} is no cell of the contract`);
      assert(
        typeof reason === 'string' && reason.trim().length > 10,
        `${cell} is declared impossible without a reason`,
      );
    }
  });
  for (const cell of PROTOCOL_CELLS) {
    const reason = impossible[cell];
    const check = CHECKS[cell];
    if (reason === undefined || check === undefined) continue;
    test(`${protocol}: ${cell} is impossible, and the driver says so: ${reason}`, async () => {
      let conversation: Conversation | undefined;
      try {
        await check(async (script) => (conversation = await Conversation.open(options, script)));
      } finally {
        await conversation?.close();
      }
    });
  }
}

const WORKING = 'I work.';

/** Works until a gate opens that never does. */
const endless: AgentScript = async (work) => {
  await work.say(WORKING);
  await new Gates().at(1);
  return { result: 'never' };
};

async function messageIsRefused(open: Parameters<Check>[0], requestId?: string): Promise<void> {
  const conversation = await open(endless);
  if (!conversation.canSend) return;
  const following = conversation.follow('start');
  await following.untilSaid(WORKING);
  const receipt = await conversation.send({ id: 'message-1', text: 'hello', ...(requestId && { requestId }) });
  assert(receipt.state === 'rejected' && receipt.reason !== '', `the receipt is ${JSON.stringify(receipt)}`);
}

/** Those that can be tried from outside. */
const CHECKS: Partial<Record<ProtocolCell, Check>> = {
  input_required: async (open) => messageIsRefused(open, 'question-1'),

  message: async (open) => messageIsRefused(open),

  async cancel(open) {
    const conversation = await open(endless);
    const following = conversation.follow('start');
    await following.untilSaid(WORKING);
    await following.abort();
    assert.equal((await conversation.cancel()) ?? 'unsupported', 'unsupported');
  },

  async reconnect(open) {
    const conversation = await open(endless);
    const following = conversation.follow('start');
    await following.untilSaid(WORKING);
    await conversation.agent.dropConnections();
    const last = (await following.rest()).at(-1);
    assert.equal(last?.type, 'unknown', `after a cut connection it ended with ${JSON.stringify(last)}`);
    const [answer] = await conversation.follow('resume').rest();
    assert.equal(answer?.type, 'unknown', `resume answered ${JSON.stringify(answer)}`);
    assert.equal(conversation.begun, 1);
  },
};
