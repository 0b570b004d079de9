// An agent that speaks the worker's line protocol and does what its instruction says: a list of steps, as JSON.
//   {"say": <event>}          prints an event of the line protocol, or any text
//   {"write": [path, text]}   writes a file into its directory
//   {"echo": "<property>"}    prints that property of its task as a message event
//   {"await": "message"}      waits for the next message and prints it as a message event
//   {"exit": <code>}          exits
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const task = JSON.parse((await lines.next()).value);
const print = (event) => process.stdout.write(typeof event === 'string' ? event : `${JSON.stringify(event)}\n`);

for (const step of JSON.parse(task.instruction || '[]')) {
  if ('say' in step) print(step.say);
  if ('write' in step) {
    const [path, text] = step.write;
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  if ('echo' in step) print({ type: 'message', text: JSON.stringify(task[step.echo] ?? null) });
  if ('await' in step) print({ type: 'message', text: JSON.parse((await lines.next()).value).text });
  if ('exit' in step) {
    process.exitCode = step.exit;
    break;
  }
}
// Not process.exit, which would take with it what is not printed yet.
process.stdin.destroy();
