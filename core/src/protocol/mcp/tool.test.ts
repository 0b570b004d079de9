import { describe, expect, it } from '@jest/globals';
import type { Tool } from '@modelcontextprotocol/client';
import { argumentsFor, chooseTool } from './tool.js';

const tool = (name: string, properties: Record<string, { type: string }> = {}, required: string[] = []): Tool => ({
  name,
  inputSchema: { type: 'object', properties, required },
});
const TEXT = { type: 'string' };

describe('the tool that does the work', () => {
  it('is the one that the request names', () => {
    expect(chooseTool([tool('run_agent'), tool('b')], 'b').name).toBe('b');
  });

  it('is the only one', () => {
    expect(chooseTool([tool('a')], undefined).name).toBe('a');
  });

  it('is run_agent among others', () => {
    expect(chooseTool([tool('a'), tool('run_agent')], undefined).name).toBe('run_agent');
  });

  it.each([
    ['several', [tool('a'), tool('b')], undefined, 'It has a, b.'],
    ['none', [], undefined, 'It has none.'],
    ['not the named one', [tool('a')], 'z', 'no tool "z". It has a.'],
  ])('is asked for where there are %s', (_title, tools, wanted, told) => {
    const error = expect.objectContaining({ code: 'AD_INPUT_INVALID', message: expect.stringContaining(told) });
    expect(() => chooseTool(tools, wanted)).toThrow(error);
  });
});

describe('its arguments', () => {
  const input = { instruction: 'go', context: { depth: 3, note: 'x' } };

  it('are the instruction in the single required text, and the context where names are the same', () => {
    const search = tool('t', { topic: TEXT, depth: { type: 'integer' }, message: TEXT }, ['topic']);
    expect(argumentsFor(search, input)).toEqual({ values: { topic: 'go', depth: 3 }, leftOut: ['note'] });
  });

  it('are the instruction under a name by convention, and the whole context where it is taken', () => {
    const run = tool('t', { other: TEXT, query: TEXT, context: { type: 'object' } }, ['other', 'query']);
    expect(argumentsFor(run, input)).toEqual({ values: { query: 'go', context: input.context }, leftOut: [] });
  });

  it('are refused where nothing takes the instruction', () => {
    const count = tool('t', { count: { type: 'integer' } }, ['count']);
    expect(() => argumentsFor(count, input)).toThrow(
      expect.objectContaining({ code: 'AD_INPUT_INVALID', details: { names: ['count'] } }),
    );
  });
});
