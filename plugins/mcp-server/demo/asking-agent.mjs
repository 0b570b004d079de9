// A stand-in for an agent that talks while it works: one line of JSON for each thing it tells, on standard output; its task and
// the answers to it come the same way on standard input. The worker puts that into A2A.
import { writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const next = async () => JSON.parse((await lines.next()).value);
const tell = (event) => console.log(JSON.stringify(event));

const { instruction } = await next();
tell({ type: 'message', text: `My task: ${instruction}` });
for (const [index, step] of ['looking for tables', 'comparing them', 'two are left'].entries()) {
  tell({ type: 'progress', message: step, fraction: (index + 1) / 4 });
  await pause(300);
}
tell({ type: 'input_required', request: { requestId: 'when', question: 'At seven or at eight?' } });
const { text: time } = await next();
await writeFile('booking.json', JSON.stringify({ table: 7, time }));
tell({ type: 'artifact', name: 'booking.json' });
tell({ type: 'ended', outcome: 'succeeded', result: { json: { booked: time } } });
process.stdin.destroy();
