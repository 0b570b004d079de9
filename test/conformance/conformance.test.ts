// The official conformance suite against our server, in the newest revision of each era. What it finds is expected by
// name, with the reason, in expected-shortfalls.ts; anything else fails, and so does an entry that is no longer true.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type LocalPlace, makeLocalPlace } from '../e2e/support/local.js';
import { ofTheProduct } from './expected-shortfalls.js';
import { cleanIn, staleAfter, unexpectedIn } from './support/accounting.js';
import { REVISIONS, type Revision, runRevisions, type Scenario } from './support/conformance.js';
import { noNewerNode } from './support/newer-node.js';
import { serveProduct } from './support/product-over-http.js';

const TEST_MS = 120_000;

/** In every run, whatever is expected of others. */
const MUST_PASS: Readonly<Record<Revision, readonly string[]>> = {
  '2025-11-25': [
    'server-initialize',
    'ping',
    'tools-list',
    'resources-list',
    'prompts-list',
    'completion-complete',
    'dns-rebinding-protection',
  ],
  '2026-07-28': [
    'tools-list',
    'resources-list',
    'prompts-list',
    'completion-complete',
    'caching',
    'sep-2164-resource-not-found',
    'dns-rebinding-protection',
    'http-header-validation',
    'input-required-result-unsupported-methods',
    'input-required-result-validate-input',
  ],
};

const skipped = noNewerNode === undefined ? '' : ` (${noNewerNode})`;
(skipped === '' ? describe : describe.skip)(`the conformance suite${skipped}`, () => {
  let local: LocalPlace;
  let runs: Record<Revision, Scenario[]>;
  beforeAll(async () => {
    local = await makeLocalPlace();
    const { place } = local;
    runs = await runRevisions(await serveProduct(place), place);
  }, TEST_MS);
  afterAll(() => local.place.end(), TEST_MS);

  describe.each(REVISIONS)('of revision %s', (revision) => {
    it('finds nothing that is not expected', () => {
      expect(unexpectedIn(runs[revision], ofTheProduct, revision)).toEqual([]);
    });

    it('finds everything that is expected', () => {
      expect(staleAfter(runs[revision], ofTheProduct, revision)).toEqual([]);
    });

    it('finds nothing at all where the product has what it takes', () => {
      expect(cleanIn(runs[revision])).toEqual(expect.arrayContaining([...MUST_PASS[revision]]));
    });
  });

  it('has every scenario of which something is expected', () => {
    const ran = new Set(REVISIONS.flatMap((revision) => runs[revision].map(({ name }) => name)));
    expect(ofTheProduct.flatMap(({ scenarios }) => scenarios).filter((name) => !ran.has(name))).toEqual([]);
  });
});
