import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { stringify as toml } from '@decimalturn/toml-patch';
import { stringify as yaml } from 'yaml';
import { planChange } from './plan-change.js';
import type { Entry, Recipe } from './recipe.js';
import { RECIPES, type ClientName } from './recipes.js';
import { textFormat } from './text-formats.js';

/** As programs and people lay files out. */
const LAYOUTS: [string, ClientName, (data: Entry) => string][] = [
  ['TOML', 'codex', toml],
  ['YAML', 'hermes', (data) => yaml(data)],
  ['YAML with wide indents', 'hermes', (data) => yaml(data, { indent: 4, indentSeq: false })],
  ['YAML in flow style', 'hermes', (data) => yaml(data, { collectionStyle: 'flow' })],
  ['JSON on one line', 'claude-code', (data) => JSON.stringify(data)],
  ['JSON on many lines', 'openclaw', (data) => JSON.stringify(data, undefined, 2)],
  ['JSON with tabs and CRLF', 'claude-code', (data) => JSON.stringify(data, undefined, '\t').replaceAll('\n', '\r\n')],
];

const key = fc.string({ minLength: 1, maxLength: 8 }).filter((name) => name !== '__proto__');
const text = fc.string({ maxLength: 20 });
const table = <Value>(value: fc.Arbitrary<Value>) => fc.dictionary(key, value, { maxKeys: 4, noNullPrototype: true });
const value = fc.oneof(text, fc.integer(), fc.boolean(), fc.array(text, { maxLength: 3 }), table(table(text)));
const own = fc.record({ command: fc.constant('agentdispatch'), note: value }, { noNullPrototype: true });
const file = fc.record({ others: table(value), servers: table(table(value)), own: fc.option(own) });

describe('whatever a file says, it says the same and the entry besides, and the second time there is nothing to do', () => {
  it.each(LAYOUTS)('%s', async (_title, client, layOut) => {
    const recipe: Recipe = RECIPES[client];
    const [outer = '', inner] = recipe.container;
    const fresh = recipe.entry({ command: '/bin/agentdispatch', args: ['mcp'] }, { set: ['A'], unset: ['B'] });
    const plan = (before: string) =>
      planChange({ recipe, name: 'agentdispatch', entry: fresh, file: '/f', text: before, instead: 'x' });
    const format = await textFormat(recipe.format);
    const holding = (others: Entry, servers: Entry): Entry => ({
      ...others,
      [outer]: inner === undefined ? servers : { [inner]: servers },
    });
    await fc.assert(
      fc.asyncProperty(file, async ({ others, servers, own: mine }) => {
        const before = layOut(holding(others, { ...servers, ...(mine && { agentdispatch: mine }) }));
        const { text: after = '', entry } = await plan(before);
        expect(entry).toEqual({ ...fresh, ...(mine && { note: mine.note }) });
        expect(format.parse(after)).toEqual(holding(others, { ...servers, agentdispatch: entry }));
        expect(await plan(after)).not.toHaveProperty('text');
      }),
      { numRuns: 60 },
    );
  });
});
