// The request as this driver reads it: what runs, fed with what. Pure: all that can be refused without I/O is refused here.
import type { DispatchRequest, PlanContext } from '@agent-dispatch/core/provider';
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

/** Errors: UnusableRequest. */
export function readWork(request: DispatchRequest, context: Pick<PlanContext, 'taskId' | 'attempt'>): Work {
  checkPaths(request.input);
  checkEnvironment(request.input.environment);
  const details = readDetails(request);
  if (request.taskType === 'command.run') return { details, command: plainCommand(request.input) };
  const prompt = promptOf(details.envelope, request, context);
  const command = agentCommand(details, prompt);
  return details.promptVia === 'stdin' ? { details, command, input: prompt } : { details, command };
}
