// Values for the arguments of prompts and resource templates, as a person types them: names of runtimes and ids of tasks.
import type { ControlPlane } from '@agent-dispatch/core';
import type { CompleteRequest, CompleteResult, McpServer } from '@modelcontextprotocol/server';
import { asProtocolError } from './resources.js';

/** The protocol's bound for one answer. */
const MOST = 100;

interface Values {
  values: string[];
  /** Whether these are all there are. */
  all: boolean;
}
type Ask = (plane: ControlPlane) => Promise<Values>;

const runtimes: Ask = async (plane) => {
  const { runtimes: known } = await plane.runtimes({});
  return { values: known.map(({ name }) => name), all: true };
};
/** The newest ones: that is what somebody types an id of. */
const tasks =
  (status?: string[]): Ask =>
  async (plane) => {
    const { tasks: newest, next_cursor: older } = await plane.list({ limit: MOST, ...(status && { status }) });
    return { values: newest.map(({ task_id }) => task_id), all: older === undefined };
  };

/** By prompt, or for resource templates alike. */
const VALUES: Readonly<Record<string, Readonly<Record<string, Ask>>>> = {
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
  const known = Object.hasOwn(VALUES, of) ? VALUES[of] : undefined;
  const ask = known && Object.hasOwn(known, argument.name) ? known[argument.name] : undefined;
  if (ask === undefined) return { completion: { values: [] } };
  try {
    const { values, all } = await ask(await controlPlane());
    const fitting = values.filter((value) => value.toLowerCase().startsWith(argument.value.toLowerCase()));
    const hasMore = fitting.length > MOST || !all;
    return { completion: { values: fitting.slice(0, MOST), ...(all && { total: fitting.length }), hasMore } };
  } catch (error) {
    throw asProtocolError(of, error);
  }
}
