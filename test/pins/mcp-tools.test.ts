// What lead agents rely on: the tools, in order, with their required arguments and annotations. A red pin asks whether
// the change was meant; then pin and change note change together.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { tools } from '@agent-dispatch/schemas/tools';
import { Ajv2020 } from 'ajv/dist/2020.js';

const reads = { readOnlyHint: true, idempotentHint: true, openWorldHint: true };
const starts = { readOnlyHint: false, destructiveHint: false, idempotentHint: false, openWorldHint: true };
const stops = { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: true };

const PINNED = [
  { name: 'spawn_cloud_agent', required: [], annotations: starts },
  {
    name: 'dispatch_task',
    required: ['provider', 'account_profile', 'capability', 'task_type', 'target', 'input'],
    annotations: starts,
  },
  { name: 'wait_task', required: ['task_ids'], annotations: reads },
  { name: 'get_task_status', required: ['task_id'], annotations: reads },
  { name: 'get_task_logs', required: ['task_id'], annotations: reads },
  { name: 'get_task_result', required: ['task_id'], annotations: reads },
  { name: 'send_message', required: ['task_id', 'message'], annotations: starts },
  { name: 'cancel_task', required: ['task_id'], annotations: stops },
  { name: 'list_tasks', required: [], annotations: reads },
  { name: 'list_runtimes', required: [], annotations: reads },
  { name: 'check_cloud_agent_runtime', required: [], annotations: reads },
];

/** What every client sends to its model before the first word: characters / 4. */
const MAX_TOKENS = 2500;
const MAX_DESCRIPTION = 2048;

/** The valid examples of a contract, by file name. */
function examplesOf(contract: string): [string, unknown][] {
  const folder = new URL(`../../schemas/examples/${contract}/valid/`, import.meta.url);
  return readdirSync(folder).map((file) => [file, JSON.parse(readFileSync(new URL(file, folder), 'utf8'))]);
}

const contractOf = (tool: string): string =>
  tool
    .split('_')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');

describe('the MCP tools', () => {
  it('are these, in this order, with these required arguments and annotations', () => {
    const actual = tools.map(({ name, inputSchema, annotations }) => ({
      name,
      required: inputSchema['required'] ?? [],
      annotations,
    }));
    expect(actual).toEqual(PINNED);
  });

  it('cost a lead agent no more than their bar', () => {
    const characters = tools.map(
      ({ name, description, inputSchema }) => name.length + description.length + JSON.stringify(inputSchema).length,
    );
    expect(characters.reduce((sum, count) => sum + count, 0) / 4).toBeLessThanOrEqual(MAX_TOKENS);
  });

  it.each(tools)('$name stands alone in every client', ({ name, description, inputSchema, outputSchema }) => {
    expect(`mcp__agentdispatch__${name}`).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
    expect(description.length).toBeLessThanOrEqual(MAX_DESCRIPTION);
    expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
    expect(outputSchema).toMatchObject({ type: 'object', additionalProperties: true });
    for (const schema of [inputSchema, outputSchema]) {
      expect(Object.keys(schema)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(oneOf|anyOf|allOf)$/)]));
      expect(JSON.stringify(schema)).not.toContain('$ref');
    }
  });

  it.each([
    ['spawn_cloud_agent', /wait_task/],
    ['spawn_cloud_agent', /do not poll/],
    ['spawn_cloud_agent', /durable/],
    ['get_task_status', /wait_task/],
    ['get_task_logs', /untrusted/],
    ['get_task_result', /untrusted/],
    ['wait_task', /untrusted/],
    ['list_tasks', /restart/],
  ])('%s says %p, because some clients show no instructions', (name, sentence) => {
    expect(tools.find((tool) => tool.name === name)?.description).toMatch(sentence);
  });

  it.each(tools)('$name takes and answers what its advertised schemas say', ({ name, inputSchema, outputSchema }) => {
    for (const [side, schema] of [
      ['Input', inputSchema],
      ['Output', outputSchema],
    ] as const) {
      const validate = new Ajv2020({ allErrors: true, strict: true, strictTypes: false }).compile(schema);
      const examples = examplesOf(`${contractOf(name)}${side}`);
      expect(examples.length).toBeGreaterThan(0);
      for (const [file, example] of examples) {
        validate(example);
        expect({ file, errors: validate.errors ?? [] }).toEqual({ file, errors: [] });
      }
    }
  });
});
