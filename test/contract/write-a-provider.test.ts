// The guide for provider authors shows code that runs: the example that keeps the contract, and the call of a contract test here.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { repository } from '../e2e/support/place.js';

const read = (file: string): string => readFileSync(path.join(repository, file), 'utf8');
const snippets = [...read('core/docs/write-a-provider.md').matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);

it('the guide shows the example that keeps the contract, whole', () => {
  expect(snippets[0]).toBe(read('test/contract/example-provider/index.ts'));
});

it('the guide calls the kit as the contract test of a provider does', () => {
  expect(snippets).toHaveLength(2);
  expect(read('test/contract/aws.contract.test.ts')).toContain(snippets[1]);
});

it('every file that the guide names is there', () => {
  const links = [...read('core/docs/write-a-provider.md').matchAll(/\]\((\.\.[^)]+)\)/g)].map(([, link = '']) => link);
  expect(links.length).toBeGreaterThan(5);
  for (const link of links) expect(read(path.join('core/docs', link))).not.toBe('');
});
