import { describe, expect, it } from '@jest/globals';
import type { GetTaskResultInput, GetTaskResultOutput } from '@agent-dispatch/schemas';
import { readResult } from './read-result.js';

const answer = (more: Partial<GetTaskResultOutput>): GetTaskResultOutput => ({
  task_id: 't',
  status: 'succeeded',
  terminal: true,
  truncated: false,
  ...more,
});

async function read(answers: GetTaskResultOutput[]) {
  const asked: GetTaskResultInput[] = [];
  const got: unknown[] = [];
  const controlPlane = {
    result: async (input: GetTaskResultInput): Promise<GetTaskResultOutput> => {
      asked.push(input);
      return answers.shift() ?? answer({});
    },
  };
  const last = await readResult(
    controlPlane,
    { task_id: 't' },
    {
      value: async (value) => void got.push(value),
      bytes: async (bytes) => void got.push(Buffer.from(bytes).toString('latin1')),
    },
  );
  return { asked, got, last };
}

describe('a result', () => {
  it('that is small is the value itself', async () => {
    expect((await read([answer({ result: { a: 1 } })])).got).toEqual([{ a: 1 }]);
  });

  it('that is large is read piece by piece, text or not', async () => {
    const { asked, got, last } = await read([
      answer({ result: 'ab', encoding: 'utf-8', truncated: true, next_offset: 2 }),
      answer({ result: Buffer.from([0xff]).toString('base64'), encoding: 'base64' }),
    ]);
    expect(got).toEqual(['ab', '\u00ff']);
    expect(asked.map(({ offset }) => offset)).toEqual([undefined, 2]);
    expect(last.encoding).toBe('base64');
  });

  it('that is not there yet is nothing', async () => {
    expect((await read([answer({ status: 'running', terminal: false })])).got).toEqual([]);
  });
});
