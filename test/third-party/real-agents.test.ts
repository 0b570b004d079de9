// The frameworks that the worker knows, with the programs themselves: from a lead agent to a model that is scripted by its
// instruction. For whoever asks for it: AGENTDISPATCH_REAL_AGENTS names where the programs are. They are not installed by a test.
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type McpSession, startMcp } from '../e2e/support/mcp.js';
import { Place } from '../e2e/support/place.js';
import { processesWith, untilGone } from '../e2e/support/processes.js';
import { type Asked, type ModelServer, startModelServer } from '../fakes/models/model-server.js';
import { configurationFor, isToBeTried, realAgents } from './support/real-agents.js';

const TEST_MS = 300_000;
const HARD = `--leading dashes, 'single' and "double" quotes, $HOME, \`id\`, {prompt}, é 🌍\n\n\ttabs`;

let place: Place;
let model: ModelServer;
let mcp: McpSession;

/** What it asked the model when it worked on the instruction. */
const askedWith = (part: string): Asked | undefined =>
  model.asked.find(({ conversation }) => conversation.instruction.includes(part) && conversation.hasTools);

for (const agent of realAgents) {
  const isTried = isToBeTried(agent);
  const why = isTried ? '' : ': not tried, for AGENTDISPATCH_REAL_AGENTS is not set, or the program is not there';
  (isTried ? describe : describe.skip)(`the agent program ${agent.framework}${why}`, () => {
    beforeEach(async () => {
      place = await Place.make(undefined);
      model = await startModelServer();
      await agent.configure(place, model.url);
      await place.configure(configurationFor(agent, place, model.url));
      mcp = await startMcp(place);
    }, TEST_MS);
    afterEach(async () => {
      await place.end();
      await model.close();
    }, TEST_MS);

    it(
      'gets its instruction as it is and its model, tells what it does, and its last word is the result',
      async () => {
        const instruction = `${HARD}\n${agent.call('pwd > made.txt && cat made.txt')}\n!say All "done".`;
        const { task_id: id } = await mcp.spawn({ instruction, artifacts: ['made.txt'] });
        expect(await mcp.ended(id)).toMatchObject({ status: 'succeeded' });
        const { result, artifacts } = await mcp.call('get_task_result', { task_id: id });
        expect([result, artifacts?.map(({ name }) => name)]).toEqual(['All "done".', ['made.txt']]);
        const made = await mcp.call('get_task_result', { task_id: id, artifact: 'made.txt' });
        expect(made.result).toContain(place.path('.agentdispatch'));
        expect(askedWith(HARD)?.conversation.model).toBe(agent.model.replace('fake/', ''));
        expect(askedWith(HARD)?.conversation.instruction).toContain(instruction);
        if (agent.isHeard) expect(await mcp.logs(id)).toContain('pwd > made.txt');
      },
      TEST_MS,
    );

    it(
      'takes an instruction of 100 kB',
      async () => {
        const line = `${HARD}\n`;
        const instruction = `${line.repeat(Math.ceil(100_000 / line.length))}!say Read.`;
        const { task_id: id } = await mcp.spawn({ instruction });
        expect(await mcp.ended(id)).toMatchObject({ status: 'succeeded' });
        expect(askedWith(HARD)?.conversation.instruction).toContain(instruction);
      },
      TEST_MS,
    );

    it(
      'shows its instruction to no other user, and is gone with all its processes when it is cancelled',
      async () => {
        const words = 'words-that-nobody-else-says';
        const { task_id: id } = await mcp.spawn({
          instruction: `${words}\n${agent.call('touch wait-987 && tail -f wait-987')}\n!say Late.`,
        });
        const waiting = (): ReturnType<typeof processesWith> => processesWith('tail -f wait-987');
        while ((await waiting()).length === 0) await delay(200);
        expect(await processesWith(words)).toEqual([]);
        // Live: its work goes on.
        if (agent.isHeard) await mcp.logsWith(id, 'tail -f wait-987');
        await mcp.call('cancel_task', { task_id: id });
        expect(await mcp.ended(id)).toMatchObject({ status: 'cancelled', cancel_level: 'stopped' });
        expect(await untilGone(waiting)).toEqual([]);
      },
      TEST_MS,
    );

    it(
      'fails with what the model answered, and with whose fault it is',
      async () => {
        const { task_id: id } = await mcp.spawn({ instruction: 'Try.\n!fail 401' });
        expect(await mcp.ended(id)).toMatchObject({
          status: 'failed',
          error: { code: 'AD_TASK_MODEL_DENIED', fault: 'operator', message: expect.stringContaining('401') },
        });
      },
      TEST_MS,
    );

    (agent.isHeard ? it : it.skip)(
      'goes on with its conversation in the task that continues',
      async () => {
        const first = await mcp.spawn({ instruction: 'The number is 4711.\n!say Noted.' });
        await mcp.ended(first.task_id);
        const second = await mcp.spawn({ instruction: 'Which one?\n!say That one.', continue_from: first.task_id });
        expect(await mcp.ended(second.task_id)).toMatchObject({ status: 'succeeded' });
        expect(askedWith('Which one?')?.body).toContain('The number is 4711.');
        expect(await mcp.logs(second.task_id)).toContain('That one.');
      },
      TEST_MS,
    );
  });
}
