import { describe, expect, it } from '@jest/globals';
import { readArguments } from './arguments.js';

const nothing = { check: false, version: false, help: false };

describe('readArguments', () => {
  it.each([
    [[], nothing],
    [['--config', 'a.json'], { ...nothing, config: 'a.json' }],
    [
      ['--config=a.json', '--engine', 'inline', '--check'],
      { ...nothing, config: 'a.json', engine: 'inline', check: true },
    ],
    [['-h'], { ...nothing, help: true }],
    [['-v'], { ...nothing, version: true }],
  ])('reads %j', async (args, expected) => {
    expect(await readArguments(args)).toEqual(expected);
  });

  it.each([
    [['--confg', 'x'], /^unknown option --confg; did you mean --config\?$/],
    [['--chek'], /did you mean --check\?$/],
    [['--verbose-everything'], /^unknown option --verbose-everything$/],
    [['--config'], /--config/],
    [['--engine', 'cloud'], /^--engine is dispatcher or inline, not "cloud"$/],
    [['serve'], /serve/],
  ])('refuses %j', async (args, message) => {
    expect(await readArguments(args)).toEqual({ message: expect.stringMatching(message) });
  });
});
