// `npm run demo` is the first thing a newcomer runs; needs `npm run build`.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from '@jest/globals';

const demo = fileURLToPath(new URL('../demo/demo.mjs', import.meta.url));

it('the demo runs the main job to its end and cleans up behind itself', async () => {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [demo]);
  expect(stderr).toBe('');
  const places = [
    '-> spawn_cloud_agent',
    'queued: durable',
    '[1/8]',
    '[8/8]',
    '-> wait_task',
    'succeeded',
    'report.md',
    'progress | looking for tables',
    'it asks | At seven or at eight?',
    '-> send_message',
    'booking.json',
    'eight',
    'the client and its MCP server are gone',
    '-> list_tasks',
    'Go on although nobody is there\\n\\nOption two',
    'Everything worked.',
    'dispatcher stopped',
  ];
  let at = 0;
  for (const text of places) {
    const next = stdout.indexOf(text, at);
    expect({ text, found: next >= at }).toEqual({ text, found: true });
    at = next;
  }
}, 60_000);
