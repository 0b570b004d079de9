// Our server as it is shipped, serving HTTP as a process of its own; needs a build.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Config } from '@agent-dispatch/schemas';
import { mcpProgram } from '../../e2e/support/mcp.js';
import type { Place } from '../../e2e/support/place.js';
import { withToken } from './with-token.js';

const TOKEN = 'conformance-suite-token';
const VARIABLE = 'CONFORMANCE_TOKEN';

/** @returns where it is reached without a token, until the place ends. @throws when it does not come to listen. */
export async function serveProduct(place: Place): Promise<string> {
  const config = JSON.parse(await place.read('agentdispatch.config.json')) as Config;
  const tokens = [{ subject: 'suite', token: { source: 'environment' as const, name: VARIABLE } }];
  await place.configure({ ...config, mcp: { http: { tokens } } });
  const server = spawn(process.execPath, [mcpProgram, '--config', place.configFile, '--http', '0'], {
    cwd: place.root,
    env: { ...place.env, [VARIABLE]: TOKEN },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise((resolve) => server.once('close', resolve));
  place.atEnd(async () => {
    server.kill('SIGTERM');
    await ended;
  });
  const told: string[] = [];
  for await (const line of createInterface(server.stderr)) {
    const [, url] = /serves MCP at (\S+)/.exec(line) ?? [];
    if (url === undefined) told.push(line);
    else {
      server.stderr.resume();
      return await withToken(url, TOKEN, place);
    }
  }
  throw new Error(`The server does not listen: ${told.join('\n')}`);
}
