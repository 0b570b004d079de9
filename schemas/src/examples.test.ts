// Every contract accepts its valid examples and refuses each invalid one at the place the example names.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { document, type ContractName } from './generated/document.js';
import { validate } from './index.js';
import { tools } from './tools.js';

const examples = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'examples');
const read = (...place: string[]): unknown => JSON.parse(readFileSync(path.join(examples, ...place), 'utf8'));
const contracts = readdirSync(examples) as ContractName[];

describe.each(contracts)('%s', (contract) => {
  it.each(readdirSync(path.join(examples, contract, 'valid')))('accepts %s', (file) => {
    expect(validate(contract, read(contract, 'valid', file))).toEqual([]);
  });

  it.each(readdirSync(path.join(examples, contract, 'invalid')))('refuses %s at its place', (file) => {
    const { pointer, value } = read(contract, 'invalid', file) as { pointer: string; value: unknown };
    const pointers = validate(contract, value).map((problem) => problem.pointer);
    expect(pointers).toContain(pointer);
  });
});

describe('the examples', () => {
  it('cover every contract that can be validated', () => {
    const ofTools = tools.flatMap(({ name }) => {
      const title = name.replace(/(^|_)(\w)/g, (_match, _start, letter: string) => letter.toUpperCase());
      return [`${title}Input`, `${title}Output`];
    });
    const others = [
      'ProviderManifest',
      'Config',
      'DispatchRequest',
      'InputSource',
      'TaskRecord',
      'TaskEvent',
      'DispatchErrorJson',
      'Handoff',
      'TaskView',
      'Clarification',
      'CollectGarbageInput',
      'CollectGarbageOutput',
      'WatchTasksInput',
      'WatchTasksOutput',
      'WorkerTask',
      'WorkerCall',
      'WorkerAnswer',
      'WorkerEvent',
      'WorkerConfig',
    ];
    expect([...contracts].sort()).toEqual([...ofTools, ...others].sort());
    expect(Object.keys(document.$defs)).toEqual(expect.arrayContaining(contracts));
  });
});
