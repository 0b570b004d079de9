// The request as this driver reads it: what runs, fed with what. Pure: all that can be refused without I/O is refused here.
import type { DispatchRequest, PlanContext } from '@agent-dispatch/core/provider';
import { UnusableRequest } from '../failures.js';
import { agentCommand, plainCommand, type CommandLine } from './command-line.js';
import { readDetails, type Details } from './details.js';
import { checkEnvironment } from './environment.js';
import { promptOf } from './prompt.js';
import { checkPaths } from './relative-path.js';

export interface Work {
  readonly command: CommandLine;
  readonly details: Details;
  /** Text for standard input, where the work is given any. */
  readonly input?: string;
}

/** What holds for any work. Errors: UnusableRequest. */
export function checkInput(input: DispatchRequest['input']): void {
  checkPaths(input);
  checkEnvironment(input.environment);
}

/** Errors: UnusableRequest. */
export function readWork(request: DispatchRequest, context: Pick<PlanContext, 'taskId' | 'attempt'>): Work {
  checkInput(request.input);
  const details = readDetails(request);
  if (details.output === 'events') throw noEvents();
  if (request.taskType === 'command.run') return { details, command: plainCommand(request.input) };
  const prompt = promptOf(details.envelope, request, context);
  const command = agentCommand(details, prompt);
  return details.promptVia === 'stdin' ? { details, command, input: prompt } : { details, command };
}

const noEvents = (): UnusableRequest =>
  new UnusableRequest(
    'AD_PROVIDER_TARGET_INVALID',
    '/target/details/output',
    'An agent that tells events is not spoken to over stdio.',
    'Set target.protocol to http, a2a, mcp or ag-ui, or target.details.output to text or json.',
  );
