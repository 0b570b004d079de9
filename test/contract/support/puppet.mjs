// An agent that does what the test tells it, over a connection of its own: prints what it is given, writes files, and passes on
// what the worker says to it. argv: the port of the test.
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';

const test = connect(Number(process.argv[2]), '127.0.0.1');
test.on('error', () => process.exit(1));
const pass = (line) => test.write(`${line}\n`);

// First its task, then messages.
createInterface({ input: process.stdin }).on('line', pass);

createInterface({ input: test }).on('line', (line) => {
  const { print, write } = JSON.parse(line);
  if (write !== undefined) {
    mkdirSync(dirname(write.name), { recursive: true });
    writeFileSync(write.name, Buffer.from(write.base64, 'base64'));
  }
  process.stdout.write(`${JSON.stringify(print)}\n`, () => {
    pass(JSON.stringify({ done: true }));
    if (print.type === 'ended') process.exit(0);
  });
});
