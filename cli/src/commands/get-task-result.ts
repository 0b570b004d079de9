// agentdispatch result: what a task gave back, or one of its artifacts, whole whatever its size.
import { Args, Flags } from '@oclif/core';
import { ControlPlaneCommand } from '../base-command.js';
import { EXIT } from '../exit-codes.js';
import { renderFailure } from '../output/failure.js';
import { printJson, printNotice } from '../output/print.js';
import { ResultSink } from '../output/result-sink.js';
import { renderArtifacts } from '../output/artifacts.js';
import { readResult } from '../run/read-result.js';
import { withoutAbsent } from '../run/pairs.js';

export default class GetTaskResult extends ControlPlaneCommand {
  static override summary = 'Print the result of a task, or fetch one of its artifacts.';
  static override description = 'Exit code 6: the task did not succeed. 1: it has not ended yet.';
  static override args = { task: Args.string({ required: true, description: 'Task id.' }) };
  static override flags = {
    artifact: Flags.string({ description: 'Name of an artifact, instead of the result.' }),
    output: Flags.string({ char: 'o', description: 'Write to this file instead of stdout.', helpValue: '<file>' }),
    offset: Flags.integer({ min: 0, description: 'With --json: begin at this byte.', dependsOn: ['json'] }),
    'max-bytes': Flags.integer({ min: 1, description: 'With --json: at most so many bytes.', dependsOn: ['json'] }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(GetTaskResult);
    const { artifact, output, offset, 'max-bytes': maxBytes, json } = flags;
    const input = withoutAbsent({ task_id: args.task, artifact, offset, max_bytes: maxBytes });
    await this.withControlPlane(flags, async (controlPlane) => {
      if (json && output === undefined) {
        const answer = await controlPlane.result(input);
        printJson(answer);
        return this.exitWith(exitOf(answer));
      }
      const sink = await ResultSink.open(output);
      const answer = await readResult(controlPlane, input, sink).catch(async (error: unknown) => {
        await sink.discard();
        throw error;
      });
      await sink.close();
      if (answer.error) printNotice(renderFailure(answer.error));
      if (!answer.terminal) printNotice(`${args.task} is ${answer.status}. Wait with: agentdispatch wait ${args.task}`);
      if (answer.artifacts?.length && artifact === undefined) printNotice(renderArtifacts(args.task, answer.artifacts));
      this.exitWith(exitOf(answer));
    });
  }
}

function exitOf({ terminal, status }: { terminal: boolean; status: string }): number {
  if (!terminal) return EXIT.negative;
  return status === 'succeeded' ? EXIT.done : EXIT.taskEndedBadly;
}
