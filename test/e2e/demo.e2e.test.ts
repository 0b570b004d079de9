// What a newcomer runs first: it must show something while it happens, and end well.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Place, repository } from './support/place.js';

const TEST_MS = 120_000;
const program = path.join(repository, 'plugins/mcp-server/demo/demo.mjs');

let place: Place;
afterEach(() => place.end({ dispatcher: false }), TEST_MS);

describe('the demo', () => {
  it(
    'prints what happens while it happens, ends with 0 and leaves nothing running',
    async () => {
      place = await Place.make(undefined);
      const child = spawn(process.execPath, [program], {
        cwd: repository,
        env: place.env,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      place.atEnd(() => child.kill('SIGKILL'));
      const pieces: string[] = [];
      let stderr = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => pieces.push(text));
      child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      const code = await new Promise((resolve) => child.once('close', resolve));
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const printed = pieces.join('');
      expect(printed).toMatch(/spawn_cloud_agent[^]*wait_task[^]*get_task_result/);
      // What the agent says first is there before it says its last, and that before the end.
      const [first, last, end] = ['[1/8]', '[8/8]', 'Everything worked.'].map((text) =>
        pieces.findIndex((piece) => piece.includes(text)),
      );
      expect(first).toBeGreaterThanOrEqual(0);
      expect(last).toBeGreaterThan(Number(first));
      expect(end).toBeGreaterThan(Number(last));
    },
    TEST_MS,
  );
});
