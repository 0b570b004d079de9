// A front door in a process of its own. Argument: options of `connect`, and an instruction as JSON. Prints one JSON line:
// the error; or the process id of the dispatcher, and ends; or, with an instruction, the task's id, and waits for it.
import { connect, dispatcherStatus } from '@agent-dispatch/core/dispatcher';

const { instruction, ...given } = JSON.parse(process.argv[2]);
const options = { cwd: process.cwd(), env: process.env, clientName: 'front-door', ...given };
const print = (said) => process.stdout.write(`${JSON.stringify(said)}\n`);
try {
  const controlPlane = await connect(options);
  if (instruction === undefined) print({ pid: (await dispatcherStatus(options))?.pid });
  else {
    const { task_id } = await controlPlane.spawn({ instruction });
    print({ task_id });
    await controlPlane.wait({ task_ids: [task_id] });
  }
  await controlPlane.close();
} catch (error) {
  const { code, message, hint } = error;
  print({ error: { code, message, hint } });
  process.exitCode = 1;
}
