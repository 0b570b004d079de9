// What the product's own tools never need, through its HTTP endpoint all the same: streams, other statuses, headers made of
// arguments, questions over several requests, bytes. Scenarios of the official conformance suite, on an example server.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { unexpectedIn } from '@agent-dispatch/test/conformance/support/accounting.js';
import {
  REVISIONS,
  type Revision,
  runRevisions,
  type Scenario,
} from '@agent-dispatch/test/conformance/support/conformance.js';
import { noNewerNode } from '@agent-dispatch/test/conformance/support/newer-node.js';
import { withToken } from '@agent-dispatch/test/conformance/support/with-token.js';
import { Place } from '@agent-dispatch/test/e2e/support/place.js';
import { loopback } from '@agent-dispatch/test/third-party/support/loopback.js';
import { localhostAllowedHostnames, localhostAllowedOrigins } from '@modelcontextprotocol/server';
import { ResourceUpdates } from '../resources/resource-updates.js';
import { exampleServer } from '../testdata/example-server.js';
import { scriptedControlPlane } from '../testdata/scripted-control-plane.js';
import { Endpoint } from './endpoint.js';
import { Tokens } from './tokens.js';

const TEST_MS = 120_000;
const TOKEN = 'token-of-the-suite';

const CARRIED: Readonly<Record<Revision, readonly string[]>> = {
  '2025-11-25': [
    'server-initialize',
    'ping',
    'logging-set-level',
    'tools-call-simple-text',
    'tools-call-error',
    'tools-call-with-logging',
    'tools-call-with-progress',
    'resources-read-text',
    'resources-read-binary',
    'dns-rebinding-protection',
  ],
  '2026-07-28': [
    'server-stateless',
    'tools-call-simple-text',
    'tools-call-error',
    'tools-call-with-progress',
    'resources-read-text',
    'resources-read-binary',
    'input-required-result-basic-elicitation',
    'input-required-result-request-state',
    'input-required-result-tampered-state',
    'input-required-result-missing-input-response',
    'input-required-result-ignore-extra-params',
    'input-required-result-result-type',
    'http-header-validation',
    'http-custom-header-server-validation',
    'dns-rebinding-protection',
  ],
};

const listsNeverChange = {
  because: 'The lists of the example server never change.',
  says: /^SKIPPED$|Mutated the tool list but/,
  scenarios: ['server-stateless'],
};

const skipped = noNewerNode === undefined ? '' : ` (${noNewerNode})`;
(skipped === '' ? describe : describe.skip)(`the HTTP endpoint${skipped}`, () => {
  let place: Place;
  let runs: Record<Revision, Scenario[]>;
  beforeAll(async () => {
    place = await Place.make(undefined);
    const report = (): void => undefined;
    const endpoint = new Endpoint({
      hosts: localhostAllowedHostnames(),
      origins: localhostAllowedOrigins(),
      verifier: new Tokens([{ subject: 'suite', token: TOKEN }]),
      serverFor: () => exampleServer,
      updatesFor: () => new ResourceUpdates(() => Promise.resolve(scriptedControlPlane({})), { report }),
      report,
    });
    const server = await loopback(endpoint.listener);
    place.atEnd(() => server.close());
    place.atEnd(() => endpoint.close());
    runs = await runRevisions(await withToken(`${server.url}/mcp`, TOKEN, place), place);
  }, TEST_MS);
  afterAll(() => place.end({ dispatcher: false }), TEST_MS);

  it.each(REVISIONS)('carries whatever a server says, by revision %s', (revision) => {
    const due = runs[revision].filter(({ name }) => CARRIED[revision].includes(name));
    expect(due.map(({ name }) => name).toSorted()).toEqual(CARRIED[revision].toSorted());
    expect(unexpectedIn(due, [listsNeverChange], revision)).toEqual([]);
  });
});
