import { describe, expect, it } from '@jest/globals';
import type { Clarification } from '@agent-dispatch/schemas';
import { answerQuestions, renderQuestions } from './clarify.js';

const clarification: Clarification = {
  status: 'needs_clarification',
  questions: [
    { id: 'instruction', pointer: '/instruction', question: 'What?' },
    { id: 'size', pointer: '/target_details/size', question: 'Which size?', choices: ['s', 'l'] },
    { id: 'a/b', pointer: '/context/a~1b', question: 'Which\u001b[2J fact?' },
  ],
  retry_tool: 'spawn_cloud_agent',
  retry_arguments: {},
};

describe('missing input', () => {
  it('is asked for, and each answer lands where its question points', async () => {
    const given = { runtime: 'r', target_details: { port: 1 } };
    const completed = await answerQuestions(clarification, given, {
      input: async (message) => `answer to ${message}`,
      select: async (_message, choices) => {
        const last = choices.at(-1);
        if (last === undefined) throw new Error('no choice');
        return last.value;
      },
    });
    expect(completed).toEqual({
      runtime: 'r',
      instruction: 'answer to What?',
      target_details: { port: 1, size: 'l' },
      context: { 'a/b': 'answer to Which^[[2J fact?' },
    });
    expect(given).toEqual({ runtime: 'r', target_details: { port: 1 } });
  });

  it('is shown with the flag that gives it', () => {
    const text = renderQuestions(clarification);
    expect(text).toContain('  instruction: What?');
    expect(text).toContain('  --set size=<value>: Which size? One of: s, l.');
    expect(text).toContain('  --context a~1b=<value>: Which^[[2J fact?');
  });
});
