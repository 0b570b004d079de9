// What `init` did, and the commands that come next.
import type { Config } from '@agent-dispatch/schemas';
import { oneLine } from '../output/terminal-text.js';
import type { OpenSetting } from './gather-settings.js';

export interface InitAnswer {
  file: string;
  provider: string;
  runtime: string;
  /** Whether the provider's package is there. */
  installed: boolean;
  config: Config;
}

export function renderInit({ file, installed, runtime, config }: InitAnswer, packageName: string): string {
  const runsCommands = config.runtimes?.[runtime]?.taskType === 'command.run';
  const steps = [
    ...(installed ? [] : [`agentdispatch plugins install ${packageName}`]),
    'agentdispatch doctor',
    runsCommands ? 'agentdispatch run --wait --command -- <program>' : 'agentdispatch run "<instruction>" --wait',
    'agentdispatch mcp setup <client>     # claude-code, codex, openclaw or hermes: gives your agent the tools',
  ];
  return [`Wrote ${file} with runtime "${runtime}".`, 'Next:', ...steps.map((step) => `  ${step}`)].join('\n');
}

/** A setting that stayed open may be needed by a task, which then asks for it or fails. */
export const renderOpen = ({ name, question, flag }: OpenSetting): string =>
  `Left open: ${name}${flag === undefined ? '' : ` (--${flag})`}. ${oneLine(question)}`;
