// Contract: the agent itself is told to stop, before, during or after its work, once or twice.
import assert from 'node:assert/strict';
import type { AgentEnd, ScriptedWork } from './options.js';
import { within } from '../provider-contract/waiting.js';
import type { ProtocolCase } from './test-case.js';

const STARTED = 'I have begun.';

export function cancelCases(test: ProtocolCase): void {
  test([], 'a cancel before the start begins nothing', async (open) => {
    const conversation = await open(async () => ({ result: 'done' }));
    // Whatever it throws counts as unsupported.
    await conversation.cancel().catch(() => undefined);
    assert.equal(conversation.begun, 0);
  });

  test(['cancel'], 'a cancel stops the agent, and no event tells of success', async (open) => {
    const stop = watchStop();
    const conversation = await open(stop.script);
    const following = conversation.follow('start');
    await following.untilSaid(STARTED);
    // As the engine does: what follows settles first.
    await following.abort();
    const level = await conversation.cancel();
    assert(level === 'stopped' || level === 'requested', `the level is ${String(level)}`);
    await within(conversation.longestMs, stop.stopped, 'the agent is stopped');
    assert(!conversation.events.some((event) => event.type === 'ended' && event.outcome === 'succeeded'));
  });

  test(['cancel'], 'a second cancel has no further effect', async (open) => {
    const stop = watchStop();
    const conversation = await open(stop.script);
    const following = conversation.follow('start');
    await following.untilSaid(STARTED);
    await following.abort();
    await conversation.cancel();
    await within(conversation.longestMs, stop.stopped, 'the agent is stopped');
    await conversation.cancel().catch((error: unknown) => conversation.hear(error));
    assert.equal(conversation.begun, 1);
  });

  test(['cancel', 'reconnect'], 'work that was cancelled is found again as no success', async (open) => {
    const stop = watchStop();
    const conversation = await open(stop.script);
    const following = conversation.follow('start');
    await following.untilSaid(STARTED);
    await following.abort();
    await conversation.cancel();
    await within(conversation.longestMs, stop.stopped, 'the agent is stopped');
    const last = (await conversation.follow('resume').rest()).at(-1);
    assert(
      last?.type === 'unknown' ||
        last?.type === 'not_started' ||
        (last?.type === 'ended' && last.outcome !== 'succeeded'),
    );
  });

  test([], 'a cancel of work that has ended changes nothing', async (open) => {
    const conversation = await open(async () => ({ result: 'done' }));
    await conversation.run();
    await conversation.cancel().catch((error: unknown) => conversation.hear(error));
    assert.equal(conversation.begun, 1);
  });
}

/** An agent that works until it is stopped, and when that was. */
function watchStop(): { script: (work: ScriptedWork) => Promise<AgentEnd>; stopped: Promise<void> } {
  let resolve = (): void => undefined;
  const stopped = new Promise<void>((done) => (resolve = done));
  const script = async (work: ScriptedWork): Promise<AgentEnd> => {
    await work.say(STARTED);
    await aborted(work.stopped);
    resolve();
    throw new Error('the agent was stopped');
  };
  return { script, stopped };
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
