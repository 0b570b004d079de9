// An agent of the tests: reads the task on stdin, prints one chunk whenever the gate lets it, and leaves a report.
// Arguments: address of the gate, number of chunks, file that gets a line at each start.
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';

const [gate, chunks, startsFile] = process.argv.slice(2);
const instruction = readFileSync(0, 'utf8');
appendFileSync(startsFile, `${process.pid}\n`);

for (let chunk = 1; chunk <= Number(chunks); chunk += 1) {
  await fetch(`${gate}/chunk-${chunk}`);
  process.stdout.write(`[chunk ${chunk}]\n`);
}
writeFileSync('report.txt', `report on: ${instruction.slice(0, 100).trim()}`);
process.stdout.write(`read ${Buffer.byteLength(instruction)} bytes\n`);
