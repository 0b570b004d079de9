// agentdispatch send: says something to running work, or answers what it asks.
import { Args, Flags } from '@oclif/core';
import { ControlPlaneCommand } from '../base-command.js';
import { EXIT } from '../exit-codes.js';
import { withoutAbsent } from '../run/pairs.js';
import { caller } from '../front-door.js';

export default class SendMessage extends ControlPlaneCommand {
  static override summary = 'Send a message to a running task, or answer its question.';
  static override args = {
    task: Args.string({ required: true, description: 'Task id.' }),
    message: Args.string({ required: true, description: 'The message.' }),
  };
  static override flags = {
    'request-id': Flags.string({ description: 'The question that this answers, as `status` shows it.' }),
    'message-id': Flags.string({ description: 'Repeat the call with the same id to send only once.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(SendMessage);
    const input = withoutAbsent({
      task_id: args.task,
      message: args.message,
      request_id: flags['request-id'],
      message_id: flags['message-id'],
    });
    const answer = await this.withControlPlane(flags, (controlPlane) => controlPlane.send(input, { caller: caller() }));
    const { state, reason } = answer.receipt;
    this.show(flags, answer, () => (reason === undefined ? state : `${state}: ${reason}`));
    if (state === 'rejected') this.exitWith(EXIT.question);
  }
}
