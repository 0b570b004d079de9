// A host in a process of its own, to be killed: provisions and starts one attempt, printing each event as a JSON line.
import { setTimeout as delay } from 'node:timers/promises';
import plugin from '../../dist/index.js';

const { context, request } = JSON.parse(process.argv[2]);
const factory = { create: (code, message) => Object.assign(new Error(message), { code }) };
const { drivers } = await plugin.create({ resolve: () => factory });
const live = {
  ...context,
  request,
  signal: new AbortController().signal,
  clock: { now: () => Date.now(), sleep: (ms, signal) => delay(ms, undefined, { signal }) },
  redactor: { text: (text) => text },
};

const print = (event) => process.stdout.write(`${JSON.stringify(event)}\n`);
let handle = drivers.process.plan(request, live);
for await (const event of drivers.process.provision(handle, live)) {
  if (event.type === 'handle') ({ handle } = event);
  print(event);
}
for await (const event of drivers.process.start(handle, live)) print(event);
