// agentdispatch artifacts get: fetches what a task left behind, in pieces, and checks size and digest.
import { Args, Flags } from '@oclif/core';
import path from 'node:path';
import { DispatchError } from '@agent-dispatch/core/errors';
import { ControlPlaneCommand } from '../base-command.js';
import { EXIT } from '../exit-codes.js';
import { printNotice } from '../output/print.js';
import { oneLine } from '../output/terminal-text.js';
import { alreadyThere, isThere } from '../output/whole-file.js';
import { faultOfName, placeIn } from '../run/artifact-places.js';
import { fetchArtifact, listArtifacts, type ListedArtifact } from '../run/fetch-artifact.js';
import { invalid } from '../run/pairs.js';

interface Fetching {
  artifact: ListedArtifact;
  file: string;
}

export default class GetArtifact extends ControlPlaneCommand {
  static override summary = 'Fetch an artifact of a task, or all of them.';
  static override description = `Each file appears when it is complete and its size and SHA-256 are those that the task lists. Nothing that is there is replaced without --force.

Exit code 1: some could not be fetched because of their names.`;
  static override args = {
    task: Args.string({ required: true, description: 'Task id.' }),
    name: Args.string({ description: 'Name of the artifact.' }),
  };
  static override flags = {
    all: Flags.boolean({ default: false, description: 'Every artifact, by its name below the directory of --output.' }),
    output: Flags.string({
      char: 'o',
      description: "The file to write; with --all the directory. Default: the artifact's own name, here.",
      helpValue: '<path>',
    }),
    force: Flags.boolean({ default: false, description: 'Replace what is there.' }),
  };
  static override examples = [
    '<%= config.bin %> artifacts get <task> report.md',
    '<%= config.bin %> artifacts get <task> --all -o out',
  ];

  async run(): Promise<void> {
    const { args, flags } = await this.parse(GetArtifact);
    const { all, output, force } = flags;
    if (all === (args.name !== undefined))
      throw invalid('One artifact is named, or all are asked for.', 'Name one, or pass --all.');
    await this.withControlPlane(flags, async (controlPlane) => {
      const { artifacts = [] } = await listArtifacts(controlPlane, args.task);
      const { wanted, left } =
        args.name === undefined
          ? await placesFor(artifacts, output ?? '.')
          : { wanted: [await placeFor(artifacts, args.name, { taskId: args.task, output })], left: [] };
      if (!force) await assertFree(wanted);
      for (const one of wanted) await fetchArtifact(controlPlane, { ...one, taskId: args.task, replace: force });
      for (const { name, why } of left) printNotice(`Not fetched: ${oneLine(JSON.stringify(name))} ${why}.`);
      const files = wanted.map(({ artifact, file }) => ({ ...artifact, file }));
      this.show(flags, { task_id: args.task, files }, () => files.map(({ file }) => oneLine(file)).join('\n'));
      this.exitWith(left.length > 0 ? EXIT.negative : EXIT.done);
    });
  }
}

async function placeFor(
  artifacts: readonly ListedArtifact[],
  name: string,
  { taskId, output }: { taskId: string; output: string | undefined },
): Promise<Fetching> {
  const artifact = artifacts.find((one) => one.name === name);
  if (artifact === undefined)
    throw new DispatchError('AD_TASK_ARTIFACT_NOT_FOUND', `Task ${taskId} has no artifact ${JSON.stringify(name)}.`, {
      hint: `\`agentdispatch artifacts ${taskId}\` lists them.`,
    });
  const own = path.posix.basename(name);
  const fault = output === undefined ? faultOfName(own) : undefined;
  if (fault !== undefined) throw invalid(`${JSON.stringify(own)} ${fault}.`, 'Name a file with --output.');
  return { artifact, file: path.resolve(output ?? own) };
}

async function placesFor(
  artifacts: readonly ListedArtifact[],
  directory: string,
): Promise<{ wanted: Fetching[]; left: { name: string; why: string }[] }> {
  const wanted: Fetching[] = [];
  const left: { name: string; why: string }[] = [];
  for (const artifact of artifacts) {
    const { name } = artifact;
    const why = faultOfName(name);
    const file = why === undefined ? await placeIn(directory, name) : undefined;
    if (file === undefined) left.push({ name, why: why ?? 'leads out of the directory through a link' });
    else wanted.push({ artifact, file });
  }
  return { wanted, left };
}

/** Before anything is fetched. */
async function assertFree(wanted: readonly Fetching[]): Promise<void> {
  const there: string[] = [];
  for (const { file } of wanted) if (await isThere(file)) there.push(file);
  if (there.length > 0) throw alreadyThere(there);
}
