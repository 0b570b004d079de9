// The agent that the worker of an attempt is to run, as its configuration declares it. Pure.
import type { DispatchRequest } from '@agent-dispatch/core/provider';
import { builtIns, type BuiltIn } from '@agent-dispatch/worker';
import { UnusableRequest } from '../failures.js';
import { splitCommand } from '../request/command-line.js';
import { readDetails, type Details } from '../request/details.js';

/** Name of an agent whose task names no framework. */
const UNNAMED = 'agent';

/** One of a worker's `agents`, by its name. See worker-config.schema.json. */
export interface DeclaredAgent {
  readonly name: string;
  readonly agent: Readonly<Record<string, unknown>>;
  /** What runs. */
  readonly program: string;
}

/** Whether the request's agent is spoken to over a protocol, which a worker speaks for it. */
export const runsWorker = ({ target }: Pick<DispatchRequest, 'target'>): boolean => target.protocol !== 'stdio';

/**
 * The agent of the target's details, or the one that the worker knows by the name of the request's framework; both: that one,
 * with another command. Errors: UnusableRequest.
 */
export function declaredAgent(request: Pick<DispatchRequest, 'target' | 'framework'>): DeclaredAgent {
  const { framework, target } = request;
  const details = readDetails(request);
  const known = framework !== undefined && isBuiltIn(framework) ? framework : undefined;
  const command = commandOf(details);
  const [program] = command ?? (known && builtIns[known].command) ?? [];
  if (program === undefined) throw noCommand(framework);
  const given = target.details ?? {};
  const input = inputOf(details);
  return {
    name: framework ?? UNNAMED,
    agent: {
      ...(known && { builtIn: known }),
      ...(command && { command }),
      // What a framework is known by stands, but for what the details say themselves.
      ...((known === undefined || given.promptVia !== undefined || given.envelope !== undefined) && { input }),
      ...((known === undefined || given.output !== undefined) && { output: details.output }),
      ...(details.accepts && { accepts: details.accepts }),
    },
    program,
  };
}

const isBuiltIn = (name: string): name is BuiltIn => Object.hasOwn(builtIns, name);

function commandOf({ command }: Details): readonly string[] | undefined {
  return command === undefined ? undefined : splitCommand('/target/details/command', command);
}

function inputOf({ promptVia, envelope }: Details): 'text' | 'json' | 'argument' {
  if (promptVia === 'argument') return 'argument';
  return envelope;
}

function noCommand(framework: string | undefined): UnusableRequest {
  const pointer = '/target/details/command';
  const known = Object.keys(builtIns).join(', ');
  const hint = `Set target.details.command to the agent and its arguments, or name one of these frameworks: ${known}.`;
  const message =
    framework === undefined ? 'There is no agent.' : `No program is known for the framework ${framework}.`;
  return new UnusableRequest('AD_PROVIDER_TARGET_INVALID', pointer, message, hint);
}
