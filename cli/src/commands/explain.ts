// agentdispatch explain: where a task would go, and why nowhere else. Starts nothing.
import { ControlPlaneCommand } from '../base-command.js';
import { EXIT } from '../exit-codes.js';
import { readConfiguration } from '../front-door.js';
import { renderExplanation } from '../output/runtimes.js';
import { isClarification, renderQuestions } from '../run/clarify.js';
import { explain } from '../run/hand-over.js';
import { requestArgs, requestFlags } from '../run/request-flags.js';

export default class Explain extends ControlPlaneCommand {
  static override summary = 'Show where a task would run and why, without starting it.';
  static override strict = false;
  static override args = requestArgs;
  static override flags = requestFlags;

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(Explain);
    await this.withControlPlane(flags, async (controlPlane) => {
      const readConfig = (): ReturnType<typeof readConfiguration> => readConfiguration(flags);
      const answer = await explain({ controlPlane, flags, words: argv as string[], readConfig });
      if (isClarification(answer)) {
        this.show(flags, answer, renderQuestions);
        return this.exitWith(EXIT.question);
      }
      this.show(flags, answer, renderExplanation);
      if (answer.route.provider === undefined) this.exitWith(EXIT.question);
    });
  }
}
