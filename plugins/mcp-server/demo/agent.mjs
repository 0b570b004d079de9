// A stand-in for an agent: reads its task on stdin, thinks aloud for two seconds, leaves a report, ends.
import { writeFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';

const task = (await text(process.stdin)).trim();
const steps = [
  `reading the task: ${task.split('\n', 1)[0]}`,
  'looking around in my own directory',
  'collecting material',
  'comparing three options',
  'dropping the worst one',
  'writing the report',
  'checking the report',
  'done',
];

for (const [index, step] of steps.entries()) {
  console.log(`[${index + 1}/${steps.length}] ${step}`);
  await pause(250);
}
await writeFile('report.md', `# Report\n\nTask: ${task}\n\nOption two is the best of three.\n`);
