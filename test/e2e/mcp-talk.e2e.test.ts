// What goes between server and client beside tools, over stdio on the server as it is shipped, with clients of both
// lines of the SDK: a person's answers and consent, news of a task, and prompts.
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Client as ModernClient } from '@modelcontextprotocol/client';
import { StdioClientTransport as ModernTransport } from '@modelcontextprotocol/client/stdio';
import { Client as FirstClient } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport as FirstTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import {
  ElicitRequestSchema,
  ResourceUpdatedNotificationSchema,
  type ElicitResult,
} from '@modelcontextprotocol/sdk/types.js';
import { type LocalPlace, makeLocalPlace, openAll } from './support/local.js';
import { mcpProgram } from './support/mcp.js';
import type { Place } from './support/place.js';

const TEST_MS = 120_000;
const capabilities = { elicitation: { form: {} } };
const info = { name: 'talker', version: '1.0.0' };

interface Form {
  message: string;
  requestedSchema: { properties: Record<string, unknown> };
}
interface Hearing {
  asked: (form: Form) => ElicitResult;
  updated: (uri: string) => void;
}
/** What the test needs of any client. */
interface Talker {
  call: (name: string, input: object) => Promise<{ isError?: boolean; structuredContent?: unknown; content: unknown }>;
  subscribe: (uris: string[]) => Promise<void>;
  prompt: (name: string, given: Record<string, string>) => Promise<string>;
}

const program = (place: Place) => ({
  command: process.execPath,
  args: [mcpProgram, '--config', place.configFile],
  env: place.env,
  stderr: 'ignore' as const,
});

async function firstSdk(place: Place, { asked, updated }: Hearing): Promise<Talker> {
  const client = new FirstClient(info, { capabilities });
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => asked(params as unknown as Form));
  client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => updated(params.uri));
  place.atEnd(() => client.close());
  await client.connect(new FirstTransport(program(place)));
  return {
    call: (name, input) => client.callTool({ name, arguments: { ...input } }) as ReturnType<Talker['call']>,
    subscribe: async (uris) => {
      for (const uri of uris) await client.subscribeResource({ uri });
    },
    prompt: async (name, given) => JSON.stringify(await client.getPrompt({ name, arguments: given })),
  };
}

const secondSdk =
  (mode: 'legacy' | 'auto') =>
  async (place: Place, { asked, updated }: Hearing): Promise<Talker> => {
    const client = new ModernClient(info, { capabilities, versionNegotiation: { mode } });
    client.setRequestHandler('elicitation/create', ({ params }) => asked(params as unknown as Form));
    client.setNotificationHandler('notifications/resources/updated', ({ params }) => updated(params.uri));
    place.atEnd(() => client.close());
    await client.connect(new ModernTransport(program(place)));
    return {
      call: (name, input) => client.callTool({ name, arguments: { ...input } }),
      subscribe: async (uris) => {
        if (mode === 'auto') await client.listen({ resourceSubscriptions: uris });
        else for (const uri of uris) await client.subscribeResource({ uri });
      },
      prompt: async (name, given) => JSON.stringify(await client.getPrompt({ name, arguments: given })),
    };
  };

describe.each([
  ['the first SDK', firstSdk],
  ['the second SDK in the legacy era', secondSdk('legacy')],
  ['the second SDK in the modern era', secondSdk('auto')],
])('a client of %s', (_name, open) => {
  let local: LocalPlace;
  let forms: Form[];
  let answers: ElicitResult[];
  let heard: Map<string, () => void>;
  let talker: Talker;

  /** Resolves with the next news of the resource. */
  const news = (uri: string): Promise<void> => new Promise((resolve) => heard.set(uri, resolve));

  beforeEach(async () => {
    local = await makeLocalPlace({ more: { policy: { rules: [{ effect: 'ask', reason: 'It costs money.' }] } } });
    forms = [];
    heard = new Map();
    talker = await open(local.place, {
      asked: (form) => (forms.push(form), answers.shift() ?? { action: 'cancel' }),
      updated: (uri) => heard.get(uri)?.(),
    });
  }, TEST_MS);
  afterEach(() => local.place.end(), TEST_MS);

  it(
    'answers what is missing, consents, and hears of the task until it ends',
    async () => {
      answers = [
        { action: 'accept', content: { instruction: 'Count.' } },
        { action: 'accept', content: { start: true } },
      ];
      const { structuredContent } = await talker.call('spawn_cloud_agent', {});
      const { task_id: id } = structuredContent as { task_id: string };
      expect(forms.map(({ requestedSchema }) => Object.keys(requestedSchema.properties))).toEqual([
        ['instruction'],
        ['start'],
      ]);
      expect(forms[1]?.message).toMatch(/It costs money\.[^]*Instruction: "Count\."/);

      const [task, logs] = [`agentdispatch://tasks/${id}`, `agentdispatch://tasks/${id}/logs`];
      await talker.subscribe([task, logs]);
      const printed = news(logs);
      openAll(local.gate);
      await printed;
      for (;;) {
        const more = news(task);
        const { structuredContent: view } = await talker.call('get_task_status', { task_id: id });
        if ((view as { status: string }).status === 'succeeded') break;
        await more;
      }
      expect(await talker.prompt('triage_failed_task', { task_id: id })).toContain(id);
    },
    TEST_MS,
  );

  it(
    'that declines has nothing started',
    async () => {
      answers = [{ action: 'decline' }];
      const { isError, content } = await talker.call('spawn_cloud_agent', { instruction: 'Count.' });
      expect([isError, JSON.stringify(content)]).toEqual([true, expect.stringContaining('AD_POLICY_CONFIRMATION')]);
      expect((await talker.call('list_tasks', {})).structuredContent).toMatchObject({ tasks: [] });
      expect(local.starts()).toBe(0);
    },
    TEST_MS,
  );
});
