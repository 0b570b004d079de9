// Tries, by looking alone, whether a request could run here.
import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { CheckFinding, DispatchRequest, DriverContext } from '@agent-dispatch/core/provider';
import { exists, howToInstall } from '@agent-dispatch/worker';
import { findProgram } from './attempt/find-program.js';
import { UnusableRequest } from './failures.js';
import { agentCommand, plainCommand } from './request/command-line.js';
import { readDetails } from './request/details.js';
import { environmentOf } from './request/environment.js';
import { messageOf } from './attempt/system-error.js';
import { declaredAgent, runsWorker } from './worker/agent.js';

export async function checkTarget(request: DispatchRequest, context: DriverContext): Promise<CheckFinding[]> {
  const platform = checkPlatform();
  try {
    const details = readDetails(request);
    const directory = details.directory ?? (await nearestExisting(context.directory));
    return [
      platform,
      await checkDirectory(details.directory === undefined ? 'private directory' : 'directory', directory),
      ...checkProgram(request, context, directory),
    ];
  } catch (error) {
    if (!(error instanceof UnusableRequest)) throw error;
    return [platform, unusable('target', error)];
  }
}

function checkPlatform(): CheckFinding {
  const name = 'platform';
  if (process.platform !== 'win32') return { name, status: 'pass', message: `Processes run on ${process.platform}.` };
  const fix = 'Run AgentDispatch on Linux or macOS, or in the Windows Subsystem for Linux.';
  return { name, status: 'fail', message: 'Windows has no process groups.', fix };
}

function checkProgram(request: DispatchRequest, context: DriverContext, directory: string): CheckFinding[] {
  if (request.taskType === 'command.run' && request.input.command === undefined) return [];
  if (request.taskType === 'agent.run' && isAgentOpen(request)) return [noAgent(request)];
  return [findCommand(request, context, directory)];
}

const isAgentOpen = (request: DispatchRequest): boolean =>
  request.framework === undefined && readDetails(request).command === undefined;

/** Tasks may say it themselves. */
const noAgent = ({ target }: DispatchRequest): CheckFinding => ({
  name: 'program',
  status: 'warn',
  message: 'The runtime names no agent, so that each task for one must.',
  fix: `Set target.details.command of the runtime, for example to ["claude", "-p"]${target.protocol === 'stdio' ? '' : ', or name a framework in the task'}.`,
});

function findCommand(request: DispatchRequest, context: DriverContext, directory: string): CheckFinding {
  const name = 'program';
  let program = '';
  try {
    ({ program } = commandOf(request));
    const found = findProgram(program, environmentOf(context).PATH, directory);
    return { name, status: 'pass', message: `${program} is ${found}.` };
  } catch (error) {
    if (error instanceof UnusableRequest) return unusable(name, error);
    const message = messageOf(error);
    return {
      name,
      status: 'fail',
      message,
      fix: howToInstall(program).trim() || 'Install the program, or name it by its absolute path.',
    };
  }
}

function commandOf(request: DispatchRequest): { program: string } {
  if (runsWorker(request)) return declaredAgent(request);
  return request.taskType === 'agent.run' ? agentCommand(readDetails(request), '') : plainCommand(request.input);
}

async function checkDirectory(name: string, path: string): Promise<CheckFinding> {
  try {
    if (!(await stat(path)).isDirectory()) throw new Error('not a directory');
    await access(path, constants.W_OK | constants.X_OK);
    return { name, status: 'pass', message: `${path} can be written.` };
  } catch (error) {
    const reason = messageOf(error);
    const fix = `Create ${path} and let this user write to it, or name another directory.`;
    return { name, status: 'fail', message: `${path} cannot be used: ${reason}.`, fix };
  }
}

async function nearestExisting(path: string): Promise<string> {
  return (await exists(path)) ? path : nearestExisting(dirname(path));
}

const unusable = (name: string, { pointer, message, hint }: UnusableRequest): CheckFinding => ({
  name,
  status: 'fail',
  message: `${pointer}: ${message}`,
  fix: hint ?? `Correct ${pointer}.`,
});
