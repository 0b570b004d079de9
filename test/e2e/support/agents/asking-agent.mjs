// An agent that speaks the worker's line protocol: says what it was handed, asks one question, leaves its answer behind. What it
// finds of an earlier task in its directory it says, too.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const next = async () => JSON.parse((await lines.next()).value);
const print = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
const read = (name) => (existsSync(name) ? readFileSync(name, 'utf8') : 'nothing');

const { instruction } = await next();
print({ type: 'progress', message: instruction, fraction: 0.5 });
print({ type: 'message', text: `reading ${read('notes.txt')}, before that ${read('report.txt')}` });
print({ type: 'input_required', request: { requestId: 'which', question: 'Which one?' } });
const { text } = await next();
writeFileSync('report.txt', `${text}, with a key of ${process.env.MODEL_KEY?.length ?? 0}`);
print({ type: 'ended', outcome: 'succeeded', result: { text } });
process.stdin.destroy();
