import { describe, expect, it } from '@jest/globals';
import type { ProviderManifestSettings } from '@agent-dispatch/schemas';
import { missingSettings, schemaFault, settingsProblems } from './settings.js';

const schema: ProviderManifestSettings = {
  type: 'object',
  required: ['region', 'size', 'path/name'],
  additionalProperties: false,
  properties: {
    region: {
      type: 'string',
      minLength: 2,
      format: 'no-format-of-ours',
      'x-agentdispatch': { question: 'In which region?', flag: 'region' },
    },
    size: { enum: ['small', 1], description: 'How large the box is.' },
    'path/name': { type: 'string' },
    tags: { type: 'array', items: { $ref: '#/$defs/tag' } },
  },
  $defs: { tag: { type: 'object', additionalProperties: false, properties: { label: { type: 'string' } } } },
};
const whole = { region: 'north', size: 'small', 'path/name': 'x' };

describe('settingsProblems', () => {
  it('accepts what fits', () => {
    expect(settingsProblems(schema, { ...whole, tags: [{ label: 'a' }] })).toEqual([]);
  });

  it('reports all problems with pointers from where the value stands, and what was meant', () => {
    const value = { ...whole, region: 'n', sise: 1, tags: [{ lable: 'a' }] };
    expect(settingsProblems(schema, value, { pointer: '/accounts/dev' })).toEqual([
      { pointer: '/accounts/dev/sise', message: 'unknown property "sise"', hint: 'did you mean "size"?' },
      { pointer: '/accounts/dev/region', message: 'must NOT have fewer than 2 characters' },
      { pointer: '/accounts/dev/tags/0/lable', message: 'unknown property "lable"', hint: 'did you mean "label"?' },
    ]);
  });

  it('does not miss what a request may still give, and still refuses what is wrong', () => {
    expect(settingsProblems(schema, {}, { partial: true })).toEqual([]);
    expect(settingsProblems(schema, { region: 1 }, { partial: true })).toEqual([
      { pointer: '/region', message: 'must be string' },
    ]);
    expect(settingsProblems(schema, {})).toHaveLength(3);
  });

  it('knows two schemas of one $id apart', () => {
    const one: ProviderManifestSettings = { $id: 'settings', type: 'object', properties: { a: { type: 'string' } } };
    const two: ProviderManifestSettings = { $id: 'settings', type: 'object', properties: { a: { type: 'number' } } };
    expect([settingsProblems(one, { a: 'x' }), settingsProblems(two, { a: 1 })]).toEqual([[], []]);
    expect(settingsProblems(two, { a: 'x' })).toHaveLength(1);
  });
});

describe('missingSettings', () => {
  it("asks in the manifest's words, else by name and description, with the choices", () => {
    expect(missingSettings(schema, {}, { pointer: '/target/details' })).toEqual([
      { name: 'region', pointer: '/target/details/region', question: 'In which region?' },
      {
        name: 'size',
        pointer: '/target/details/size',
        question: 'Which size? How large the box is.',
        choices: ['small', '1'],
      },
      { name: 'path/name', pointer: '/target/details/path~1name', question: 'Which path/name?' },
    ]);
  });

  it('asks for nothing that is given', () => {
    expect(missingSettings(schema, whole)).toEqual([]);
    expect(missingSettings({ type: 'object', properties: {} }, {})).toEqual([]);
  });

  it('does not take what every object has for an answer', () => {
    expect(missingSettings({ type: 'object', required: ['constructor'], properties: {} }, {})).toHaveLength(1);
  });
});

describe('schemaFault', () => {
  it('is silent about a schema that can be used, conditions included', () => {
    expect(schemaFault(schema)).toBeUndefined();
    const branch = { if: { properties: { source: { const: 'profile' } } }, then: { required: ['profile'] } };
    expect(
      schemaFault({ type: 'object', properties: { profile: { type: 'string' } }, allOf: [branch] }),
    ).toBeUndefined();
  });

  it('tells why another cannot', () => {
    expect(schemaFault({ type: 'object', properties: { a: { $ref: 'https://example.com/a.json' } } })).toContain(
      'example.com',
    );
    expect(schemaFault({ type: 'object', properties: { a: { type: 'string', patern: 'x' } } })).toContain('patern');
  });

  it('asks for what only one task type needs when the task is of that type', () => {
    const settings: ProviderManifestSettings = {
      type: 'object',
      properties: {
        command: { type: 'string', 'x-agentdispatch': { question: 'Which command?', requiredFor: ['agent.run'] } },
      },
    };
    expect(missingSettings(settings, {}, { taskType: 'agent.run' })).toEqual([
      { name: 'command', pointer: '/command', question: 'Which command?' },
    ]);
    expect(missingSettings(settings, {}, { taskType: 'command.run' })).toEqual([]);
    expect(missingSettings(settings, {})).toEqual([]);
  });
});
