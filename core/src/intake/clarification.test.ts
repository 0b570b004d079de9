import { describe, expect, it } from '@jest/globals';
import { validate, type Clarification } from '@agent-dispatch/schemas';
import { CONFIG, intakeWith } from './testdata/sources.js';

const intake = intakeWith();

function asked(outcome: { status: string }): Clarification {
  expect(outcome.status).toBe('needs_clarification');
  expect(validate('Clarification', outcome)).toEqual([]);
  return outcome as Clarification;
}

const COMMAND = {
  provider: 'nimbus',
  account_profile: 'dev',
  capability: 'job-runner',
  task_type: 'command.run',
  target: { mode: 'job', protocol: 'stdio' },
  input: {},
};
const EXACT = {
  provider: 'nimbus',
  account_profile: 'dev',
  capability: 'agent-runtime',
  task_type: 'agent.run',
  target: { mode: 'runtime', protocol: 'http', details: { zone: 4 } },
  input: {},
};

describe('a spawn that lacks something', () => {
  const cases: { name: string; input: Record<string, unknown>; questions: [string, string][] }[] = [
    { name: 'its instruction', input: {}, questions: [['instruction', '/instruction']] },
    {
      name: 'anything but blanks in its instruction',
      input: { instruction: ' \n' },
      questions: [['instruction', '/instruction']],
    },
    {
      name: 'a protocol where the offer leaves a choice',
      input: { runtime: 'open', instruction: 'Go.' },
      questions: [['protocol', '/protocol']],
    },
    {
      name: 'facts that the profile requires, and target details',
      input: { runtime: 'fresh', instruction: 'Go.', context: { other: 1 }, target_details: { zone: 2 } },
      questions: [
        ['repository', '/context/repository'],
        ['a/b', '/context/a~1b'],
        ['image', '/target_details/image'],
        ['size', '/target_details/size'],
      ],
    },
    {
      name: 'nearly everything',
      input: { runtime: 'fresh' },
      questions: [
        ['instruction', '/instruction'],
        ['repository', '/context/repository'],
        ['a/b', '/context/a~1b'],
        ['image', '/target_details/image'],
        ['size', '/target_details/size'],
      ],
    },
  ];
  it.each(cases)('is asked for $name', ({ input, questions }) => {
    const clarification = asked(intake.fromSpawn(input));
    expect(clarification.questions.map(({ id, pointer }) => [id, pointer])).toEqual(questions);
    expect(clarification.questions.every(({ question }) => question.length > 5)).toBe(true);
    expect(clarification).toMatchObject({ retry_tool: 'spawn_cloud_agent', retry_arguments: input });
  });

  it('is asked on which runtime, where several are configured and none is the default', () => {
    const clarification = asked(intakeWith({ ...CONFIG, defaults: {} }).fromSpawn({ instruction: 'Go.', group: 'g' }));
    expect(clarification.questions).toEqual([
      {
        id: 'runtime',
        pointer: '/runtime',
        question: 'On which runtime should the task run?',
        choices: Object.keys(CONFIG.runtimes ?? {}),
      },
    ]);
    expect(clarification.retry_arguments).toEqual({ instruction: 'Go.', group: 'g' });
  });

  it('gets the choices of a protocol and of a setting', () => {
    const protocol = asked(intake.fromSpawn({ runtime: 'open', instruction: 'Go.' }));
    expect(protocol.questions[0]?.choices).toEqual(['http', 'a2a']);
    const context = { repository: 'r', 'a/b': 1 };
    const size = asked(
      intake.fromSpawn({ runtime: 'fresh', instruction: 'Go.', context, target_details: { image: 'i' } }),
    );
    expect(size.questions).toEqual([expect.objectContaining({ id: 'size', choices: ['small', 'large'] })]);
  });

  it('becomes a task when the questions are answered in retry_arguments', () => {
    const { retry_arguments: retry } = asked(intake.fromSpawn({ runtime: 'open', instruction: 'Go.' }));
    expect(intake.fromSpawn({ ...retry, protocol: 'a2a' })).toMatchObject({
      status: 'prepared',
      request: { target: { protocol: 'a2a' } },
    });
  });
});

describe('a dispatch that lacks something', () => {
  it('is asked for its command', () => {
    const clarification = asked(intake.fromDispatch(COMMAND));
    expect(clarification.questions.map(({ id, pointer }) => [id, pointer])).toEqual([['command', '/input/command']]);
    expect(clarification).toMatchObject({ retry_tool: 'dispatch_task', retry_arguments: COMMAND });
  });

  it('is asked for instruction and target details at its own places', () => {
    const { questions } = asked(intake.fromDispatch(EXACT));
    expect(questions.map(({ pointer }) => pointer)).toEqual([
      '/input/instruction',
      '/target/details/image',
      '/target/details/size',
    ]);
  });
});

describe('retry_arguments', () => {
  it('never echo a credential, also where the policy allows it', () => {
    const secret = ['ghp', 'aB3dE6gH9jK2mN5pQ8sT1vW4yZ7cF0xL2nR6'].join('_');
    const lenient = intakeWith({ ...CONFIG, policy: { credentials: 'allow' } });
    const clarification = asked(lenient.fromSpawn({ context: { note: `use ${secret}` } }));
    expect(JSON.stringify(clarification)).not.toContain(secret);
    expect(clarification.retry_arguments).toHaveProperty('context.note');
  });
});
