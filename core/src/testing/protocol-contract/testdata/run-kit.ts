// Runs the kit as a test runner would, on the http driver against the loopback worker, with whatever a test breaks of it.
import { httpProtocolDriver } from '../../../protocol/index.js';
import type { ProtocolDriver } from '../../../protocol/index.js';
import { LoopbackWorker } from '../../../protocol/http/testdata/loopback-worker.js';
import { type ProtocolContractOptions, runProtocolContract } from '../protocol-contract.js';

export const SOUND = httpProtocolDriver as Required<ProtocolDriver>;

export type Break = Partial<ProtocolDriver>;

type More = Partial<ProtocolContractOptions>;

/** Titles of the tests that fail, of those with this in their title. */
export async function failuresOf(does: Break, only = '', more: More = {}): Promise<string[]> {
  const failures: string[] = [];
  // What a broken driver never does is not waited for.
  const longestSeconds = only === '' ? 30 : 2;
  for (const { title, run } of testsOf({ driver: { ...SOUND, ...does }, longestSeconds, ...more })) {
    if (!title.includes(only)) continue;
    await run().catch(() => failures.push(title));
  }
  return failures;
}

export const titlesOf = (more: More): string[] => testsOf(more).map(({ title }) => title);

function testsOf(more: More): { title: string; run: () => Promise<void> }[] {
  const tests: { title: string; run: () => Promise<void> }[] = [];
  runProtocolContract({
    test: (title, run) => tests.push({ title: title.replace('http: ', ''), run }),
    protocol: 'http',
    agent: 'worker',
    driver: SOUND,
    startAgent: (script) => LoopbackWorker.start(script),
    deduplicated: true,
    ...more,
  });
  return tests;
}
