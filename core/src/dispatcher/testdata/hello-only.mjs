// A process that listens at the path given, says hello as a dispatcher of this version, and answers nothing else. Prints
// who it is, as an epoch file says it.
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { packageVersion } from '../../../dist/dispatcher/index.js';
import { processIdentity } from '../../../dist/store/process-identity.js';

const answer = { protocol: 2, version: packageVersion(), stateSchema: 1, verdict: 'fit', wants: [] };
const server = createServer((socket) => {
  createInterface({ input: socket }).on('line', (line) => {
    const { id, method } = JSON.parse(line);
    if (method === 'hello') socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, result: answer })}\n`);
  });
});
server.listen(process.argv[2], () => process.stdout.write(`${JSON.stringify(processIdentity())}\n`));
