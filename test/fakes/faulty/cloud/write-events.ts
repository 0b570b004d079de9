// Writes a job's events onto a connection for as long as there is one, with the faults of a stream.
import type { ServerResponse } from 'node:http';
import type { Fault } from './faults.js';
import type { Job } from './job.js';

export function writeEvents(
  response: ServerResponse,
  { job, after }: { job: Job; after: number },
  fault: Fault | undefined,
): void {
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  response.flushHeaders();
  const end = fault?.kind === 'reset' ? after + (fault.events ?? 0) : Infinity;
  let written = after;
  const write = (): void => {
    for (const event of job.events.slice(written)) {
      if (written >= end) break;
      written += 1;
      const line = `${JSON.stringify(event)}\n`;
      response.write(fault?.kind === 'duplicate' ? line + line : line);
    }
    // What was written before the cut arrives; the rest never does.
    if (written >= end) response.write('', () => response.destroy());
    else if (!job.isRunning) response.end();
  };
  const unlisten = job.listen(write);
  response.once('close', unlisten);
  write();
}
