import { describe, expect, it } from '@jest/globals';
import type { AccountProfile, DriverContext, Handle } from '@agent-dispatch/core/provider';
import { validate } from '@agent-dispatch/schemas';
import { contextFor, loadProvider } from '../testdata/provider-at-fake.js';

const ARN = 'arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/researcher-abcdefghij';
const { driver } = await loadProvider();

const account = (more: Record<string, unknown> = {}): AccountProfile => ({
  name: 'dev',
  provider: 'aws',
  settings: { region: 'us-west-2', ...more },
});

const contextOf = (more: Partial<DriverContext> = {}, details: Record<string, unknown> = { runtimeArn: ARN }) =>
  contextFor({ account: account(), details, deadline: 1_000_000, ...more });

const plan = (context: DriverContext): Handle => driver.plan(context.request, context);

describe('plan', () => {
  it('chooses the same session each time, with an id that the service takes', () => {
    const handle = plan(contextOf());
    expect(plan(contextOf())).toEqual(handle);
    expect(handle.data).toEqual({ runtimeArn: ARN, qualifier: 'DEFAULT', sessionId: expect.any(String) });
    expect(handle.data['sessionId']).toMatch(/^agentdispatch-task-01-1-[0-9a-f]{32}$/);
  });

  it.each<[string, Partial<DriverContext>]>([
    ['attempts', { attempt: 2 }],
    ['tasks', { taskId: 'task_02' }],
    ['installations', { installationId: 'inst-2' }],
  ])('keeps the sessions of two %s apart', (_name, other) => {
    expect(plan(contextOf(other)).data['sessionId']).not.toBe(plan(contextOf()).data['sessionId']);
  });

  it('keeps to the allowed length and characters whatever the task id', () => {
    const { sessionId } = plan(contextOf({ taskId: 'ä/'.repeat(300), attempt: 10 })).data;
    expect(sessionId).toMatch(/^[a-zA-Z0-9-]{33,256}$/);
  });

  it('owns the session until the attempt ends, and says when the service ends it', () => {
    const { resources, data } = plan(contextOf({}, { runtimeArn: ARN, maxLifetimeSeconds: 600 }));
    expect(resources).toEqual([
      { id: data['sessionId'], kind: 'agentcore-session', scope: 'attempt', expiresAt: 1_600_000 },
    ]);
  });

  it('takes an id as long as the service may give', () => {
    const runtimeArn = `arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/${'a'.repeat(100)}-abcdefghij`;
    expect(plan(contextOf({}, { runtimeArn })).data).toMatchObject({ runtimeArn });
  });

  it.each<[string, unknown]>([
    ['missing', undefined],
    ['of another service', 'arn:aws:s3:::bucket'],
    ['cut short', 'arn:aws:bedrock-agentcore:us-west-2:111122223333:runtime/researcher'],
  ])('refuses a runtimeArn that is %s', (_name, runtimeArn) => {
    expect(() => plan(contextOf({}, { runtimeArn }))).toThrow(
      expect.objectContaining({
        code: 'AD_PROVIDER_TARGET_INVALID',
        details: { problems: [{ pointer: '/target/details/runtimeArn', message: expect.any(String) }] },
      }),
    );
  });

  it('tells all that is wrong with the place of the runtime at once', () => {
    const elsewhere = account({ region: 'eu-west-1', expectedAccountId: '999988887777' });
    const error: unknown = expect.objectContaining({
      code: 'AD_PROVIDER_TARGET_INVALID',
      message: expect.stringMatching(/us-west-2.*eu-west-1.*111122223333.*999988887777/),
    });
    expect(() => plan(contextOf({ account: elsewhere }))).toThrow(error);
  });
});

describe('handoff', () => {
  const handoffFor = (context: DriverContext) => driver.handoff(plan(context), context);

  it('says where, in which session and with which kind of credentials the agent is reached', () => {
    const handoff = handoffFor(contextOf());
    expect(validate('Handoff', handoff)).toEqual([]);
    expect(handoff).toMatchObject({
      protocol: 'http',
      url: `https://bedrock-agentcore.us-west-2.amazonaws.com/runtimes/${encodeURIComponent(ARN)}/invocations`,
      auth: { scheme: 'sigv4', service: 'bedrock-agentcore', region: 'us-west-2' },
      headers: { 'X-Amzn-Bedrock-AgentCore-Runtime-Session-Id': plan(contextOf()).data['sessionId'] },
      query: { qualifier: 'DEFAULT' },
      expiresAt: 29_800_000,
    });
  });

  it.each([
    ['a2a', { agentCard: expect.stringMatching(/\/invocations\/\.well-known\/agent-card\.json$/) }],
    ['mcp', { method: 'tools/call' }],
    ['ag-ui', { method: 'POST' }],
  ] as const)('says how an agent that speaks %s is spoken to', (protocol, expected) => {
    const context = contextOf();
    const target = { ...context.request.target, protocol };
    const handoff = handoffFor({ ...context, request: { ...context.request, target } });
    expect(validate('Handoff', handoff)).toEqual([]);
    expect(handoff).toMatchObject({ protocol, ...expected });
  });

  it('names a private endpoint where the account has one', () => {
    const endpoints = { data: 'https://vpce.example/core/' };
    const handoff = handoffFor(contextOf({ account: account({ endpoints }) }));
    expect(handoff?.url).toMatch(/^https:\/\/vpce\.example\/core\/runtimes\//);
  });
});
