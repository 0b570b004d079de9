// The guide for provider authors shows code that runs: the call is the one of a contract test here.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { repository } from '../e2e/support/place.js';

const read = (file: string): string => readFileSync(path.join(repository, file), 'utf8');

it('the guide calls the kit as the contract test of a provider does', () => {
  const [, snippet = 'no snippet'] = /```ts\n(.*?)```/s.exec(read('core/docs/write-a-provider.md')) ?? [];
  expect(read('test/contract/aws.contract.test.ts')).toContain(snippet);
});

it('every file that the guide names is there', () => {
  const links = [...read('core/docs/write-a-provider.md').matchAll(/\]\((\.\.[^)]+)\)/g)].map(([, link = '']) => link);
  expect(links.length).toBeGreaterThan(5);
  for (const link of links) expect(read(path.join('core/docs', link))).not.toBe('');
});
