// agentdispatch doctor: everything that has to be in order before a task can run, each finding with what mends it.
import { Flags } from '@oclif/core';
import type { LoadedConfig } from '@agent-dispatch/core';
import { ControlPlaneCommand } from '../base-command.js';
import { checkConfigFile, checkNode, checkPlugins, checkStateDir, type Check } from '../doctor/local-checks.js';
import { checkRuntimes, failed } from '../doctor/profile-checks.js';
import { EXIT } from '../exit-codes.js';
import { pluginHost, readConfiguration, type FrontDoorFlags } from '../front-door.js';
import { renderChecks } from '../output/runtimes.js';

export default class Doctor extends ControlPlaneCommand {
  static override summary = 'Check this installation and every configured runtime.';
  static override description = 'Exit code 1 when a check fails. Starts the dispatcher when none runs.';
  static override flags = {
    live: Flags.boolean({ description: 'Also ask the clouds: credentials, permissions, targets.' }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const checks = [checkNode(process.versions.node), ...(await this.configured(flags))];
    const answer = { ok: checks.every(({ status }) => status !== 'fail'), checks };
    this.show(flags, answer, () => renderChecks(checks));
    if (!answer.ok) this.exitWith(EXIT.negative);
  }

  /** Without a configuration nothing behind it can be judged. */
  private async configured(flags: FrontDoorFlags & { live: boolean }): Promise<Check[]> {
    const config = await readConfiguration(flags).catch((error: unknown) => failed('configuration', error));
    if ('status' in config) return [config];
    return [
      checkConfigFile(config),
      await checkStateDir(config),
      ...(await this.telemetry(config)),
      ...(await this.plugins(config)),
      ...(await this.controlPlane(flags)),
    ];
  }

  /** Whether what is to set up the spans is there: what comes of it only the dispatcher knows, which runs it. */
  private async telemetry(config: LoadedConfig): Promise<Check[]> {
    try {
      const { registeringModule } = await import('@agent-dispatch/core');
      const file = await registeringModule(config);
      return file === undefined ? [] : [{ name: 'telemetry', status: 'pass', message: `${file} is there.` }];
    } catch (error) {
      return [failed('telemetry', error)];
    }
  }

  private async plugins(config: LoadedConfig): Promise<Check[]> {
    try {
      return checkPlugins((await pluginHost(config)).providers(), config);
    } catch (error) {
      return [failed('plugins', error)];
    }
  }

  private async controlPlane(flags: FrontDoorFlags & { live: boolean }): Promise<Check[]> {
    try {
      return await this.withControlPlane(flags, async (controlPlane) => [
        { name: 'dispatcher', status: 'pass', message: 'Answers.' },
        ...(await checkRuntimes(controlPlane, flags.live)),
      ]);
    } catch (error) {
      return [failed('dispatcher', error)];
    }
  }
}
