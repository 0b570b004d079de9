// What every command shares: the flags that choose configuration and output, and the way to the control plane.
// Errors are not caught here: main.ts prints them all in one form.
import { Command, Flags } from '@oclif/core';
import type { ControlPlane } from '@agent-dispatch/core';
import { openControlPlane, type FrontDoorFlags } from './front-door.js';
import { printJson, printResult } from './output/print.js';

export interface OutputFlags {
  json: boolean;
}

/** A command that reads the configuration at most. */
export abstract class LocalCommand extends Command {
  static override baseFlags = {
    config: Flags.string({
      description: 'Configuration file. Default: $AGENTDISPATCH_CONFIG, else the nearest one from here upwards.',
      helpGroup: 'GLOBAL',
      helpValue: '<file>',
    }),
    json: Flags.boolean({ description: 'Print the answer as JSON.', helpGroup: 'GLOBAL' }),
  };

  /** The answer itself with --json, else what a person reads. */
  protected show<Answer>({ json }: OutputFlags, answer: Answer, render: (answer: Answer) => string): void {
    if (json) printJson(answer);
    else printResult(render(answer));
  }

  protected exitWith(code: number): void {
    process.exitCode = code;
  }
}

/** A command that asks the control plane. */
export abstract class ControlPlaneCommand extends LocalCommand {
  static override baseFlags = {
    ...LocalCommand.baseFlags,
    engine: Flags.option({
      options: ['dispatcher', 'inline'] as const,
      default: 'dispatcher' as const,
      description: 'inline: run the engine in this process instead of the background dispatcher.',
      helpGroup: 'GLOBAL',
    })(),
  };

  protected async withControlPlane<Answer>(
    flags: FrontDoorFlags,
    use: (controlPlane: ControlPlane) => Promise<Answer>,
  ): Promise<Answer> {
    const controlPlane = await openControlPlane(flags);
    try {
      return await use(controlPlane);
    } finally {
      await controlPlane.close();
    }
  }
}
