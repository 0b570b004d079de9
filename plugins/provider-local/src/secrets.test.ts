import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { Bench, collect, hasText, shell } from './testdata/bench.js';

const SECRET = 'vErY-s3cret-value-of-this-test';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

it('a secret reaches the work, and no file, argument or event', async () => {
  const request = shell('[ "$KEY" = "$EXPECTED" ]; echo on; await_file go; [ ${#KEY} -eq 30 ] && echo right', {
    artifacts: ['*'],
  });
  const { driver, handle, context } = await bench.prepare(request, { secrets: { KEY: SECRET } });
  const events = [];
  for await (const event of driver.start(handle, context)) {
    events.push(event);
    if (!hasText('on')(event)) continue;
    expect(filesWith(SECRET)).toEqual([]);
    expect(commandLines()).not.toContain(SECRET);
    bench.signalWork('go');
  }
  expect(filesWith(SECRET)).toEqual([]);
  expect(JSON.stringify([handle, events])).not.toContain(SECRET);
  expect(events.some(hasText('right'))).toBe(true);
  expect(commandLines()).not.toBe('');
  expect(filesWith('await_file')).toEqual([]);
});

it('an error does not tell a secret', async () => {
  const request = shell('true', { workingDirectory: 'x' });
  const { driver, handle, context } = await bench.prepare(request, { secrets: { KEY: `${SECRET}\0` } });
  const error: unknown = await collect(driver.start(handle, context)).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'AD_INPUT_INVALID', details: { pointer: '/secrets/KEY' } });
  expect((error as Error).message).not.toContain(SECRET);
});

function filesWith(text: string): string[] {
  const names = readdirSync(bench.root, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.filter((file) => readFileSync(file).includes(text));
}

/** Of every process that can be seen. */
function commandLines(): string {
  if (process.platform !== 'linux') return 'unknown';
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids
    .map((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');
}
