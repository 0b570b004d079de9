// The plain HTTP face: calls of a dispatcher and plain prompts on /invocations, and the runs as resources.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { validate, type WorkerCall } from '@agent-dispatch/schemas';
import { parseJson, readBody, sendJson } from '../../server/body.js';
import type { Runs } from '../../runs/run.js';
import type { CreateFace, Face } from '../face.js';
import { answerCall } from './calls.js';

const PATH = '/invocations';

class HttpFace implements Face {
  readonly #runs: Runs;

  constructor(runs: Runs) {
    this.#runs = runs;
  }

  accepts({ method, url = '' }: IncomingMessage): boolean {
    return method === 'POST' && url.split('?', 1)[0] === PATH;
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = parseJson(await readBody(request));
    const problems = validate('WorkerCall', body);
    if (problems.length > 0) {
      const message = problems.map(({ pointer, message }) => `${pointer || '/'}: ${message}`).join('; ');
      return sendJson(response, 200, { worker: 1, bootId: this.#runs.bootId, error: { code: 'invalid', message } });
    }
    await answerCall(body as WorkerCall, this.#runs, response);
  }
}

export const createFace: CreateFace = (runs) => new HttpFace(runs);
