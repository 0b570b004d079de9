// What the page on clients says of each, against what is written.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Recipe } from './recipe.js';
import { CLIENT_NAMES, RECIPES } from './recipes.js';
import { shellText } from './shell-text.js';

const page = readFileSync(new URL('../../../core/docs/clients.md', import.meta.url), 'utf8');
const sectionOf = (title: string): string => page.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';

describe('the page on clients', () => {
  it.each(CLIENT_NAMES)('names what %s withholds, where its file is and what matters in it', (name) => {
    const recipe: Recipe = RECIPES[name];
    const section = sectionOf(recipe.title);
    const place = recipe.places.user?.({ env: {}, home: '/home/you', cwd: '/' });
    expect(section).toContain(`~/${place?.relative ?? ''}`);
    const passed = recipe.passes === 'everything' ? [] : recipe.passes.filter((variable) => !variable.startsWith('__'));
    expect(passed.filter((variable) => !section.includes(variable))).toEqual([]);
    const entry = recipe.entry({ command: 'c', args: [] }, { set: ['S'], unset: [] });
    const settings = Object.keys(entry).filter((key) => !['type', 'command', 'args'].includes(key));
    const said = (key: string): boolean => section.includes(key) || /^connect/.test(key);
    expect(settings.filter((key) => !said(key))).toEqual([]);
  });
});

it('words come through a shell as they are', () => {
  expect(shellText(['a-b/c.d', 'two words', "it's", '${X}', ''])).toBe(`a-b/c.d 'two words' 'it'\\''s' '\${X}' ''`);
});
