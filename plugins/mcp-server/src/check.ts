// --check: connects like a tool call would and reports, for people, on stderr.
import type { CheckCloudAgentRuntimeOutput } from '@agent-dispatch/schemas';
import { toDispatchError, type DispatchError } from '@agent-dispatch/core/errors';
import { tools } from '@agent-dispatch/schemas/tools';
import { connectControlPlane, type ConnectionSettings } from './connect-control-plane.js';
import { ControlPlaneLink } from './control-plane-link.js';
import { packageInfo } from './package-info.js';

/** Whether everything is ready to take tasks. @param print gets one line at a time. */
export async function check(settings: ConnectionSettings, print: (line: string) => void): Promise<boolean> {
  const link = new ControlPlaneLink(() => connectControlPlane(settings));
  const say = (line: string): void => print(line.replaceAll(/\p{Cc}+/gu, ' '));
  say(`agentdispatch-mcp ${packageInfo().version}, ${String(tools.length)} tools`);
  try {
    return reportChecks(await (await link.controlPlane()).check({}), say);
  } catch (error) {
    reportError(toDispatchError(error), say);
    return false;
  } finally {
    await link.close();
  }
}

function reportChecks({ ok, checks }: CheckCloudAgentRuntimeOutput, say: (line: string) => void): boolean {
  for (const { status, name, message, fix } of checks)
    say(`${status.toUpperCase()} ${name}: ${message}${fix === undefined ? '' : ` -> ${fix}`}`);
  say(ok ? 'Ready.' : 'Not ready.');
  return ok;
}

function reportError(error: DispatchError, say: (line: string) => void): void {
  say(`FAIL ${error.code}: ${error.message}`);
  for (const { file, line, pointer, message, hint } of error.problems ?? []) {
    const place = [file, line, pointer === '' ? undefined : pointer].filter((part) => part !== undefined).join(':');
    say(`  ${place} ${message}${hint === undefined ? '' : ` (${hint})`}`);
  }
  say(`  ${error.hint}`);
}
