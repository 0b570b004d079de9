// agentdispatch init: writes a configuration with which tasks can be handed over. Its flags beside its own come from
// the manifests of the providers that are known, installed or not.
import { Flags } from '@oclif/core';
import { LocalCommand } from '../base-command.js';
import { checkNewConfig, refuseCredentials } from '../init/check-config.js';
import { chooseProvider } from '../init/choose-target.js';
import { draftConfig } from '../init/draft-config.js';
import { knownOffers } from '../init/known-offers.js';
import { renderInit, renderOpen } from '../init/next-steps.js';
import { oclifFlags, type Offered } from '../init/setting-flags.js';
import { configFile, writeConfig } from '../init/write-config.js';
import { printNotice } from '../output/print.js';
import { withoutAbsent } from '../run/pairs.js';
import { isInteractive, terminalPrompter, type Prompter } from '../run/prompter.js';

export default class Init extends LocalCommand {
  static override summary = 'Write a configuration: asks what it needs, or takes flags.';
  static override description = `Without flags and without a terminal it configures the provider that comes with this program.
The flags under PROVIDER are declared by the providers known here; which provider is meant follows from them.`;
  static override baseFlags = {
    ...LocalCommand.baseFlags,
    config: Flags.string({
      description: 'File to write. Default: agentdispatch.config.json here.',
      helpGroup: 'GLOBAL',
      helpValue: '<file>',
    }),
  };
  static override flags = {
    provider: Flags.string({ description: 'Provider to configure. Default: the one that the other flags belong to.' }),
    account: Flags.string({ description: 'Name of the account profile.' }),
    runtime: Flags.string({ description: 'Name of the runtime profile.' }),
    driver: Flags.string({ description: 'Driver of the provider.' }),
    mode: Flags.string({ description: 'Target mode: session, runtime, service or job.' }),
    protocol: Flags.string({ description: 'How the agent is spoken to: http, a2a, mcp, ag-ui or stdio.' }),
    format: Flags.option({
      options: ['json', 'yaml'] as const,
      default: 'json' as const,
      description: 'Of the file.',
    })(),
    force: Flags.boolean({ description: 'Replace the file when it is there.' }),
    yes: Flags.boolean({ char: 'y', description: 'Ask nothing.' }),
  };
  static override examples = ['<%= config.bin %> init', '<%= config.bin %> init --yes --format yaml'];

  async run(): Promise<void> {
    const offers = await knownOffers(process.cwd());
    const provided = oclifFlags(offers, Object.keys({ ...Init.flags, ...Init.baseFlags }));
    const { flags } = await this.parse({ flags: { ...Init.flags, ...provided }, baseFlags: Init.baseFlags });
    const given = pickTexts(flags, Object.keys(provided));
    const prompter = isInteractive() && !flags.yes && !flags.json ? terminalPrompter : undefined;
    const { driver, mode, protocol, account, runtime, format, force } = flags;
    const file = configFile(process.cwd(), format, flags.config);
    const offer = await chooseOffer(offers, Object.keys(given), flags.provider, prompter);
    const draft = await draftConfig(offer, {
      choices: withoutAbsent({ driver, mode, protocol }),
      flags: given,
      env: process.env,
      ...withoutAbsent({ account, runtime, prompter }),
    });
    await refuseCredentials(draft.config);
    await writeConfig(draft.config, { file, format, force, check: checkNewConfig });
    for (const origin of draft.fromEnvironment) printNotice(`Took ${origin}.`);
    for (const setting of draft.open) printNotice(renderOpen(setting));
    const installed = await this.offerInstall(offer, prompter);
    const { known } = offer;
    const answer = { file, provider: known.provider, runtime: draft.runtime, installed, config: draft.config };
    this.show(flags, answer, (shown) => renderInit(shown, known.packageName));
  }

  private async offerInstall({ known }: Offered, prompter: Prompter | undefined): Promise<boolean> {
    if (known.state !== 'not-installed') return true;
    printNotice(`${known.packageName} is not installed yet.`);
    if (prompter === undefined || !(await prompter.confirm(`Install ${known.packageName} now?`))) return false;
    await this.config.runCommand('plugins:install', [known.packageName]);
    return true;
  }
}

/** Flags decide; else a person chooses; else the provider that comes with this program. */
async function chooseOffer(
  offers: readonly Offered[],
  given: readonly string[],
  provider: string | undefined,
  prompter: Prompter | undefined,
): Promise<Offered> {
  if (given.length > 0 || provider !== undefined) return chooseProvider(offers, given, provider);
  const usual = offers.find(({ known, manifest }) => known.source === 'bundled' && manifest.defaults !== undefined);
  if (prompter === undefined) return usual ?? chooseProvider(offers, given);
  const choices = offers.map((value) => ({ name: `${value.manifest.title} (${value.known.state})`, value }));
  return await prompter.select('Which provider shall run the tasks?', choices);
}

function pickTexts(flags: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, string> {
  const given = names.map((name) => [name, flags[name]] as const);
  return Object.fromEntries(given.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
