// A front door that hands tasks over until the disk is full, frees space, and looks what is there. Arguments: options of
// `connect` as JSON, and a file whose removal frees space. Prints one JSON line and leaves no dispatcher behind.
import { rmSync } from 'node:fs';
import { connect, stopDispatcher } from '@agent-dispatch/core/dispatcher';

const [given, reserve] = process.argv.slice(2);
const options = { cwd: process.cwd(), env: process.env, clientName: 'filling', ...JSON.parse(given) };
const said = { acknowledged: [], found: [] };
try {
  const controlPlane = await connect(options);
  try {
    for (;;) said.acknowledged.push((await controlPlane.spawn({ instruction: 'x'.repeat(20_000) })).task_id);
  } catch ({ code, message, hint }) {
    said.error = { code, message, hint };
  }
  await controlPlane.close();
  const again = await connect(options).catch(({ code }) => void (said.whileFull = code));
  await again?.close();
  rmSync(reserve);
  const later = await connect(options);
  for (const taskId of said.acknowledged) said.found.push((await later.get({ task_id: taskId })).task_id);
  await later.close();
} finally {
  process.stdout.write(`${JSON.stringify(said)}\n`);
  await stopDispatcher(options, true);
}
