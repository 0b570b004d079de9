import { describe, expect, it } from '@jest/globals';
import { findRoute, locate } from './router.js';
import { modelledStatus, OPERATIONS } from './service-model.js';

const operation = (name: string) => OPERATIONS.find((candidate) => candidate.name === name);

describe('the service model', () => {
  it('reads method, path, status and bindings from the SDK schemas', () => {
    expect(operation('StopRuntimeSession')).toMatchObject({
      plane: 'data',
      method: 'POST',
      pathTemplate: '/runtimes/{agentRuntimeArn}/stopruntimesession',
      successStatus: 200,
      input: [
        {
          name: 'runtimeSessionId',
          required: true,
          type: 'string',
          binding: { in: 'header', wireName: 'x-amzn-bedrock-agentcore-runtime-session-id' },
        },
        { name: 'agentRuntimeArn', required: true, binding: { in: 'label' } },
        { name: 'qualifier', required: false, binding: { in: 'query', wireName: 'qualifier' } },
        { name: 'clientToken', required: false, type: 'string', binding: { in: 'body' } },
      ],
    });
    expect(operation('CreateAgentRuntime')).toMatchObject({ plane: 'control', method: 'PUT', successStatus: 202 });
  });

  it.each([
    ['ValidationException', 400],
    ['ServiceQuotaExceededException', 402],
    ['RuntimeClientError', 424],
    ['ThrottlingException', 429],
    ['UnknownOperationException', undefined],
  ])('knows that %s has status %s', (type, status) => {
    expect(modelledStatus(type)).toBe(status);
  });
});

describe('the router', () => {
  const regions = ['us-west-2'];

  it.each([
    ['POST', '/us-west-2/runtimes/arn%3Aaws/invocations', 'InvokeAgentRuntime'],
    ['GET', '/us-west-2/data/runtimes/a/invocations/.well-known/agent-card.json', 'GetAgentCard'],
    ['GET', '/runtimes/some-0123456789/', 'GetAgentRuntime'],
    ['PUT', '/us-west-2/control/runtimes/', 'CreateAgentRuntime'],
    ['GET', '/us-west-2/data/runtimes/some-0123456789/', undefined],
    ['GET', '/runtimes/%E0%A4%A/', undefined],
  ])('%s %s is %s', (method, path, name) => {
    expect(findRoute(method, locate(path, regions))?.operation.name).toBe(name);
  });

  it('decodes labels', () => {
    const route = findRoute('POST', locate('/us-west-2/runtimes/arn%3Aaws%2Fx/invocations', regions));
    expect(route?.labels).toEqual({ agentRuntimeArn: 'arn:aws/x' });
  });
});
