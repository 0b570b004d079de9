// The protocol driver `ag-ui` against an agent on the packages of AG-UI's own project, which its client takes for a proper one.
import { expect, it } from '@jest/globals';
import { HttpAgent } from '@ag-ui/client';
import { protocolDrivers } from '@agent-dispatch/core/protocol';
import { runProtocolContract } from '@agent-dispatch/core/testing';
import { AgUiAgent } from './support/ag-ui-agent.js';

runProtocolContract({
  test: (title, run) => it(title, run, 60_000),
  protocol: 'ag-ui',
  driver: await protocolDrivers.get('ag-ui'),
  startAgent: (script) => AgUiAgent.start(script),
  impossible: {
    message: 'AG-UI has no message to a run that is under way; it takes answers to interrupts alone.',
    cancel: 'AG-UI has no request that stops a run.',
    reconnect: 'A stream of AG-UI that broke off cannot be entered again, and a run not be asked after.',
    replay: 'AG-UI has no cursor.',
    artifact: 'AG-UI carries no files.',
  },
});

it('the agent of these tests is one that the client of AG-UI gets on with', async () => {
  const agent = await AgUiAgent.start(async (work) => {
    await work.say(`I ${work.instruction}`);
    return { result: await work.ask('Which?') };
  });
  try {
    const client = new HttpAgent({ url: agent.url });
    client.addMessage({ id: 'm', role: 'user', content: 'work' });
    await client.runAgent();
    const [asked] = client.pendingInterrupts;
    const { result } = (await client.runAgent({
      resume: [{ interruptId: asked?.id ?? '', status: 'resolved', payload: 'that' }],
    })) as { result: unknown };
    expect(result).toBe('that');
    expect(client.messages.at(-1)).toMatchObject({ role: 'assistant', content: 'I work' });
  } finally {
    await agent.close();
  }
});
