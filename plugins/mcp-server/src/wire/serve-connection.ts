// Serves MCP over a pair of streams until the client leaves, the output breaks or somebody says stop.
// Knows nothing about this process: signals and the real stdin and stdout are the matter of stdio-server.ts.
import { finished } from 'node:stream/promises';
import { pipeline, type Readable, type Writable } from 'node:stream';
import type { McpServerFactory } from '@modelcontextprotocol/server';
import { serveStdio, StdioServerTransport } from '@modelcontextprotocol/server/stdio';
import { withinClosingTime } from './closing-time.js';
import { LineGuard, MAX_LINE_BYTES } from './line-guard.js';
import { ListeningTransport } from '../resources/listening-transport.js';
import type { ResourceUpdates } from '../resources/resource-updates.js';

export interface Connection {
  input: Readable;
  output: Writable;
  /** Ends the connection from our side. */
  stop: AbortSignal;
  /** Told of protocol faults that have no request to answer. */
  report: (error: Error) => void;
  /** What the client may listen to. */
  updates?: ResourceUpdates;
}

/** Resolves when the connection has ended and what was answered is written, if it can be; open calls are aborted. */
export async function serveConnection(factory: McpServerFactory, connection: Connection): Promise<void> {
  const { input, output, stop, report, updates } = connection;
  const guard = new LineGuard((message) => void output.write(`${JSON.stringify(message)}\n`));
  const ended = firstOf(guard, output, stop);
  const wire = new StdioServerTransport(guard, output, { maxBufferSize: MAX_LINE_BYTES });
  const transport = updates === undefined ? wire : new ListeningTransport(wire, updates);
  const server = serveStdio(factory, { transport, onerror: report });
  // Ends or destroys the guard with the input, also when the input was over before this started.
  pipeline(input, guard, () => undefined);
  await ended;
  input.destroy();
  await server.close();
  output.end();
  await withinClosingTime(finished(output).catch(report));
}

function firstOf(guard: LineGuard, output: Writable, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    guard.once('close', resolve);
    output.once('error', () => resolve());
    if (stop.aborted) resolve();
    stop.addEventListener('abort', () => resolve(), { once: true });
  });
}
