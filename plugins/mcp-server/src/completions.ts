// Values for the arguments of prompts and resource templates, as a person types them: names of runtimes and ids of tasks.
import type { ControlPlane } from '@agent-dispatch/core';
import type { CompleteRequest, CompleteResult, McpServer } from '@modelcontextprotocol/server';
import { asProtocolError } from './resources.js';

/** The protocol's bound for one answer. */
const MOST = 100;

type Values = (plane: ControlPlane) => Promise<string[]>;

const runtimes: Values = async (plane) => (await plane.runtimes({})).runtimes.map(({ name }) => name);
const tasks =
  (status?: string[]): Values =>
  async (plane) =>
    (await plane.list({ limit: MOST, ...(status && { status }) })).tasks.map(({ task_id }) => task_id);

/** By prompt, or for resource templates alike. */
const VALUES: Readonly<Record<string, Readonly<Record<string, Values>>>> = {
  delegate_task: { runtime: runtimes },
  triage_failed_task: { task_id: tasks(['failed', 'lost']) },
  resource: { runtime: runtimes, task_id: tasks() },
};

export function serveCompletions(server: McpServer['server'], controlPlane: () => Promise<ControlPlane>): void {
  server.registerCapabilities({ completions: {} });
  server.setRequestHandler('completion/complete', async ({ params }) => await complete(params, controlPlane));
}

/** Nothing for an argument that can be anything. Errors: ProtocolError with the coded error of the control plane. */
async function complete(
  { ref, argument }: CompleteRequest['params'],
  controlPlane: () => Promise<ControlPlane>,
): Promise<CompleteResult> {
  const of = ref.type === 'ref/prompt' ? ref.name : 'resource';
  const values = Object.hasOwn(VALUES, of) ? VALUES[of] : undefined;
  if (values === undefined || !Object.hasOwn(values, argument.name)) return { completion: { values: [] } };
  try {
    const all = (await values[argument.name]?.(await controlPlane())) ?? [];
    const fitting = all.filter((value) => value.toLowerCase().startsWith(argument.value.toLowerCase()));
    return { completion: { values: fitting.slice(0, MOST), total: fitting.length, hasMore: fitting.length > MOST } };
  } catch (error) {
    throw asProtocolError(of, error);
  }
}
