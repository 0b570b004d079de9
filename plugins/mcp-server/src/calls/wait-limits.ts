// How long one call may wait: each client gives up on a call at its own time, and a wait must return before that.
// Knows the wait arguments of the tools and nothing else about them.
import { DispatchError } from '@agent-dispatch/core/errors';
import type { Config } from '@agent-dispatch/schemas';
import { tools } from '@agent-dispatch/schemas/tools';

/** Seconds. Five less than the shortest limit met among clients, rounded down. */
const COMMON_LIMIT = 50;
const DEFAULT_WAIT = 45;
const OVERRIDE = 'AGENTDISPATCH_MCP_WAIT_SECONDS';

interface Client {
  name: string;
  version?: string;
}

/** Clients that wait longer than most, measured; anybody else gets the common limit. */
const PATIENT_CLIENTS: { name: string; since?: readonly [number, number]; seconds: number }[] = [
  // Calls of two minutes are moved to the background.
  { name: 'claude-code', seconds: 110 },
  // Gives up after 300 s; older versions after 60 or 120.
  { name: 'codex-mcp-client', since: [0, 169], seconds: 240 },
];

const WAIT_ARGUMENTS = new Map([
  ['wait_task', 'timeout_seconds'],
  ['spawn_cloud_agent', 'wait_seconds'],
  ['dispatch_task', 'wait_seconds'],
]);

/** What the configuration says about waits: for all clients, and for one by the name that it gives itself. */
export type WaitSettings = NonNullable<Config['mcp']>;

/** Who decides how long a call may wait, besides the client's name. */
export interface WaitDeciders {
  /** What the environment says, for any client. */
  override?: number;
  settings?: WaitSettings;
}

/** Seconds that one call of this client may take. */
export function waitLimit(client: Client | undefined, { override, settings }: WaitDeciders = {}): number {
  const named = Object.entries(settings?.clients ?? {}).find(([name]) => name === client?.name)?.[1];
  return override ?? named?.waitSeconds ?? settings?.waitSeconds ?? profileLimit(client);
}

function profileLimit(client: Client | undefined): number {
  const patient = PATIENT_CLIENTS.find(({ name }) => name === client?.name);
  return patient && isSince(client?.version, patient.since) ? patient.seconds : COMMON_LIMIT;
}

function isSince(version: string | undefined, since: readonly [number, number] | undefined): boolean {
  if (since === undefined) return true;
  const [major = NaN, minor = NaN] = (version ?? '').split('.').map(Number);
  return major > since[0] || (major === since[0] && minor >= since[1]);
}

/**
 * The arguments with their wait cut to the limit, and wait_task's default filled in. What is not valid stays as it is,
 * so that the control plane names it.
 */
export function limitWait(tool: string, input: Record<string, unknown>, limit: number): Record<string, unknown> {
  const most = Math.max(0, limit);
  const name = WAIT_ARGUMENTS.get(tool);
  if (name === undefined) return input;
  const asked = input[name];
  if (asked === undefined) return tool === 'wait_task' ? { ...input, [name]: Math.min(DEFAULT_WAIT, most) } : input;
  const overLimit = typeof asked === 'number' && asked > most && asked <= maximumOf(tool, name);
  return overLimit ? { ...input, [name]: most } : input;
}

function maximumOf(tool: string, name: string): number {
  const properties = tools.find((document) => document.name === tool)?.inputSchema['properties'];
  const property = (properties as Record<string, { maximum?: number }> | undefined)?.[name];
  return property?.maximum ?? Infinity;
}

/** What the operator says about the limit. Errors: AD_CONFIG_INVALID when it is no positive whole number of seconds. */
export function waitOverride(env: NodeJS.ProcessEnv): number | undefined {
  const value = env[OVERRIDE];
  if (value === undefined || value === '') return undefined;
  if (/^[1-9]\d{0,4}$/.test(value)) return Number(value);
  throw new DispatchError('AD_CONFIG_INVALID', `${OVERRIDE} is "${value}", not a whole number of seconds above 0.`, {
    hint: `Set ${OVERRIDE} to a number of seconds below the tool timeout of your client, or unset it.`,
  });
}
