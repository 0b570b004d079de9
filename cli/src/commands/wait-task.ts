// agentdispatch wait: returns when the tasks have ended, one of them asks for input, or the time is over.
import { Args, Flags } from '@oclif/core';
import type { WaitTaskOutput } from '@agent-dispatch/schemas';
import { ControlPlaneCommand } from '../base-command.js';
import { EXIT } from '../exit-codes.js';
import { questionsOf, renderEnd } from '../output/task.js';
import { waitUntilRest } from '../run/wait-until-rest.js';

export default class WaitTask extends ControlPlaneCommand {
  static override summary = 'Wait for one task or several.';
  static override description =
    'Exit code 0: all ended well. 6: one did not succeed. 2: one asks for input. 1: the time was over.';
  static override strict = false;
  static override args = { tasks: Args.string({ required: true, description: 'Task ids.' }) };
  static override flags = {
    any: Flags.boolean({ description: 'Return when the first of them has ended.' }),
    timeout: Flags.integer({
      min: 0,
      description: 'Wait at most so long. Default: until the end.',
      helpValue: '<seconds>',
    }),
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(WaitTask);
    const answer = await this.withControlPlane(flags, (controlPlane) =>
      waitUntilRest(controlPlane, {
        taskIds: argv as string[],
        mode: flags.any ? 'any' : 'all',
        ...(flags.timeout !== undefined && { timeoutSeconds: flags.timeout }),
      }),
    );
    this.show(flags, answer, render);
    this.exitWith(exitOf(answer));
  }
}

const render = ({ done, attention, pending }: WaitTaskOutput): string =>
  [
    ...done.map(renderEnd),
    ...attention.flatMap(questionsOf),
    ...pending.map(({ task_id: taskId, status }) => `${taskId} ${status}`),
  ].join('\n');

function exitOf({ done, attention, timed_out: timedOut }: WaitTaskOutput): number {
  if (done.some(({ status }) => status !== 'succeeded')) return EXIT.taskEndedBadly;
  if (attention.length > 0) return EXIT.question;
  return timedOut ? EXIT.negative : EXIT.done;
}
