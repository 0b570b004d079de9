// agentdispatch run: hands a task over and, with --wait, shows what it prints until it ends.
import { Flags } from '@oclif/core';
import type { ControlPlane } from '@agent-dispatch/core';
import type { TaskView } from '@agent-dispatch/schemas';
import { ControlPlaneCommand } from '../base-command.js';
import { EXIT } from '../exit-codes.js';
import { caller, readConfiguration } from '../front-door.js';
import { LogPrinter } from '../output/log-printer.js';
import { printJson, printNotice } from '../output/print.js';
import { questionsOf, renderEnd } from '../output/task.js';
import { oneLine } from '../output/terminal-text.js';
import { isClarification, renderQuestions } from '../run/clarify.js';
import { followTask } from '../run/follow-task.js';
import { handOver } from '../run/hand-over.js';
import { isInteractive, terminalPrompter } from '../run/prompter.js';
import { requestArgs, requestFlags } from '../run/request-flags.js';

export default class SpawnCloudAgent extends ControlPlaneCommand {
  static override summary = 'Hand a task to an agent, or run a command, on a configured runtime.';
  static override description = `Prints the task's id as soon as the task is durable. With --wait, the task's output goes to stdout and stderr as it comes.

Exit code 0: accepted, or with --wait succeeded. 6: it did not succeed. 2: something is missing or the work asks for input. 130: Ctrl-C while waiting; the task goes on.`;
  static override strict = false;
  static override args = requestArgs;
  static override flags = {
    ...requestFlags,
    wait: Flags.boolean({ char: 'w', description: 'Show the output until the task ends.' }),
  };
  static override examples = [
    '<%= config.bin %> run "Write a changelog for the last release" --wait',
    '<%= config.bin %> run --instruction-file task.md --input data/in.csv --artifact "report/**"',
    '<%= config.bin %> run "Fix the failing tests" --input-dir . --artifact "**/*.patch"',
    '<%= config.bin %> run --command --wait -- npm test',
  ];

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(SpawnCloudAgent);
    await this.withControlPlane(flags, async (controlPlane) => {
      const request = {
        controlPlane,
        flags,
        words: argv as string[],
        readConfig: () => readConfiguration(flags),
      };
      const outcome = await handOver(request, isInteractive() && !flags.json ? terminalPrompter : undefined);
      if (isClarification(outcome)) {
        this.show(flags, outcome, renderQuestions);
        return this.exitWith(EXIT.question);
      }
      if (flags.wait) return await this.watch(controlPlane, outcome, flags.json);
      this.show(flags, outcome, ({ task_id: taskId }) => taskId);
      if (!flags.json) printNotice(nextSteps(outcome.task_id));
    });
  }

  private async watch(controlPlane: ControlPlane, { task_id: taskId }: TaskView, json: boolean): Promise<void> {
    const interrupted = new AbortController();
    const onInterrupt = (): void => interrupted.abort();
    // Once: a second Ctrl-C ends this program at once, as it always does.
    process.once('SIGINT', onInterrupt);
    if (!json) printNotice(`${taskId} accepted`);
    const printer = new LogPrinter({ out: standardStream });
    const task = await followTask(controlPlane, {
      taskId,
      signal: interrupted.signal,
      ...(!json && { printer, answer: answerBy(controlPlane) }),
    });
    await printer.endLine();
    process.off('SIGINT', onInterrupt);
    if (task === undefined) {
      printNotice(`Stopped watching; the task goes on.\n${nextSteps(taskId)}`);
      return this.exitWith(EXIT.interrupted);
    }
    if (json) printJson(task);
    else printNotice(task.terminal ? renderEnd(task) : questionsOf(task).join('\n'));
    this.exitWith(exitOf(task));
  }
}

const standardStream = (stream: string): NodeJS.WriteStream =>
  stream === 'stderr' || stream === 'system' ? process.stderr : process.stdout;

/** Passes on what the work asks, where somebody is there to answer. */
const answerBy =
  (controlPlane: Pick<ControlPlane, 'send'>) =>
  async ({ task_id: taskId, input_requests: requests = [] }: TaskView): Promise<boolean> => {
    if (!isInteractive()) return false;
    for (const { request_id: requestId, question } of requests) {
      const message = await terminalPrompter.input(oneLine(question));
      const { receipt } = await controlPlane.send(
        { task_id: taskId, request_id: requestId, message },
        { caller: caller() },
      );
      if (receipt.state === 'rejected') {
        printNotice(`Not delivered: ${oneLine(receipt.reason ?? 'no reason given')}`);
        return false;
      }
    }
    return requests.length > 0;
  };

function exitOf({ terminal, status }: TaskView): number {
  if (!terminal) return EXIT.question;
  return status === 'succeeded' ? EXIT.done : EXIT.taskEndedBadly;
}

const nextSteps = (taskId: string): string =>
  [
    `  follow:  agentdispatch logs -f ${taskId}`,
    `  result:  agentdispatch result ${taskId}`,
    `  cancel:  agentdispatch cancel ${taskId}`,
  ].join('\n');
