// Agent programs of other makers, as far as they are installed where AGENTDISPATCH_REAL_AGENTS says: how each is led to the fake
// model, and how it is told to use its tools.
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import type { Config } from '@agent-dispatch/schemas';
import type { Place } from '../../e2e/support/place.js';

/** Directories to look in before those of PATH, in the form of PATH; empty: PATH alone. Absent: nothing is tried. */
const asked = process.env['AGENTDISPATCH_REAL_AGENTS'];
const PATH = [asked ?? '', process.env['PATH'] ?? ''].filter((part) => part !== '').join(path.delimiter);

export interface RealAgent {
  readonly framework: 'claude' | 'codex' | 'openclaw';
  /** By the name under which its configuration has it. */
  readonly model: string;
  /** A line of the model's script that runs a command. */
  call(command: string): string;
  /** Whether it tells what it does while it works, and a task may go on with the conversation of another. */
  readonly isHeard: boolean;
  /** Variables that lead it to the model. */
  environment(url: string): Record<string, string>;
  /** Its own configuration, in the home of the place. */
  configure(place: Place, url: string): Promise<void>;
}

export const realAgents: readonly RealAgent[] = [
  {
    framework: 'claude',
    model: 'claude-sonnet-4-6',
    isHeard: true,
    call: (command) => `!call Bash ${JSON.stringify({ command, description: 'a test' })}`,
    environment: (url) => ({
      ANTHROPIC_BASE_URL: url,
      ANTHROPIC_API_KEY: 'a-model-key',
      // Its ten tries would take minutes.
      CLAUDE_CODE_MAX_RETRIES: '1',
    }),
    configure: async () => undefined,
  },
  {
    framework: 'codex',
    model: 'model-1',
    isHeard: true,
    call: (command) => `!call exec_command ${JSON.stringify({ cmd: command })}`,
    environment: () => ({ MODEL_KEY: 'a-model-key' }),
    configure: async (place, url) => {
      const provider = `name = "fake"\nbase_url = "${url}/v1"\nenv_key = "MODEL_KEY"\nwire_api = "responses"\n`;
      await place.write('.codex/config.toml', `model_provider = "fake"\n[model_providers.fake]\n${provider}`);
    },
  },
  {
    framework: 'openclaw',
    model: 'fake/model-1',
    isHeard: false,
    call: (command) => `!call exec ${JSON.stringify({ command })}`,
    environment: () => ({ MODEL_KEY: 'a-model-key' }),
    configure: async (place, url) => {
      const cost = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0 };
      const model = { id: 'model-1', name: 'model-1', contextWindow: 200_000, maxTokens: 8_000, cost };
      const fake = { baseUrl: url, apiKey: '${MODEL_KEY}', api: 'anthropic-messages', models: [model] };
      await place.write('.openclaw/openclaw.json', JSON.stringify({ models: { providers: { fake } } }));
    },
  },
];

export function isToBeTried({ framework }: RealAgent): boolean {
  return asked !== undefined && PATH.split(path.delimiter).some((folder) => isExecutable(path.join(folder, framework)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A runtime `real` that works in a directory of its own, and keeps it. */
export function configurationFor(agent: RealAgent, place: Place, url: string): Config {
  // The first one is empty, and tells whose the processes are.
  const environment = { ...agent.environment(url), PATH: `${place.path('bin')}${path.delimiter}${PATH}` };
  return {
    accounts: { here: { provider: 'local' } },
    runtimes: {
      real: {
        account: 'here',
        driver: 'process',
        framework: agent.framework,
        model: agent.model,
        environment,
        target: { mode: 'runtime', protocol: 'http', details: { keepSeconds: 600 } },
      },
    },
    defaults: { runtime: 'real' },
  };
}
