// Jobs of the Example cloud. The cloud knows a job by the name that we choose: it begins one once by its name, and none by a
// name that was cancelled or deleted.
import type {
  DirectDriver,
  DriverContext,
  DriverEvent,
  ErrorFactory,
  Handle,
  ProviderPlugin,
} from '@agent-dispatch/core/provider';

interface Job {
  state: 'running' | 'ended' | 'cancelled';
  exitCode?: number;
  /** Output after the line asked for. */
  lines: string[];
}

/** The cloud ends a job so long after the deadline of its task, whatever becomes of us. */
const GRACE_MS = 60_000;
const POLL_MS = 200;

const plugin: ProviderPlugin = {
  apiVersion: 1,
  create: (host) => ({
    drivers: { jobs: jobsDriver(host.resolve(Symbol.for('agentdispatch:errors@1')) as ErrorFactory) },
  }),
};
export default plugin;

const jobsDriver = (errors: ErrorFactory): DirectDriver => ({
  plan({ input }, { installationId, taskId, attempt, deadline }) {
    if (typeof input.command === 'string') {
      throw errors.create('AD_PROVIDER_TARGET_INVALID', '/input/command is one line: give program and arguments');
    }
    const name = `${installationId}-${taskId}-${attempt}`;
    const expiresAt = deadline + GRACE_MS;
    return { version: 1, data: { name }, resources: [{ id: name, kind: 'job', scope: 'attempt', expiresAt }] };
  },

  async *provision() {
    yield { type: 'progress', message: 'nothing has to be made ready' };
  },

  async *start(handle, context) {
    const { input } = context.request;
    const body = { command: input.command, expiresAt: handle.resources[0]?.expiresAt };
    const answer = await call(context, 'PUT', nameOf(handle), body);
    if (answer.status === 400) throw errors.create('AD_PROVIDER_INVALID_REQUEST', await answer.text());
    yield* follow(handle, context);
  },

  async *resume(handle, context) {
    if ((await look(context, nameOf(handle))) !== undefined) yield* follow(handle, context);
    else yield { type: 'not_started', proof: 'No job bears the name; one that comes late is the same job.' };
  },

  async cancel(handle, context) {
    await call(context, 'POST', `${nameOf(handle)}/cancel`);
    return 'stopped';
  },

  async cleanup(resources, _handle, context) {
    for (const { id } of resources) await call(context, 'DELETE', id);
    const left = await Promise.all(resources.map(async ({ id }) => look(context, id)));
    return resources.flatMap(({ id }, index) =>
      left[index] === undefined ? [{ id, proof: 'verified' as const }] : [],
    );
  },
});

const nameOf = ({ data }: Handle): string => String(data['name']);

/** The cursor is the number of lines that were told. */
async function* follow(handle: Handle, context: DriverContext): AsyncGenerator<DriverEvent> {
  let told = Number(context.cursor ?? 0);
  yield { type: 'attached' };
  for (;;) {
    await context.pace();
    const job = await look(context, nameOf(handle), told);
    if (job === undefined) {
      yield { type: 'unknown', reason: 'The job was deleted by somebody else.' };
      return;
    }
    for (const text of job.lines) {
      told += 1;
      yield { type: 'log', stream: 'stdout', text, cursor: String(told) };
    }
    if (job.state !== 'running') {
      yield endOf(job);
      return;
    }
    await context.clock.sleep(POLL_MS, context.signal);
  }
}

function endOf({ state, exitCode = 1 }: Job): DriverEvent {
  if (state === 'cancelled') return { type: 'ended', outcome: 'cancelled' };
  return { type: 'ended', outcome: exitCode === 0 ? 'succeeded' : 'failed', exitCode };
}

async function look(context: DriverContext, name: string, after = 0): Promise<Job | undefined> {
  const answer = await call(context, 'GET', `${name}?after=${after}`);
  return answer.status === 404 ? undefined : ((await answer.json()) as Job);
}

/** Errors: without a code, for they say nothing about the work: the host looks again. */
async function call(context: DriverContext, method: string, path: string, body?: object): Promise<Response> {
  const answer = await fetch(new URL(`/jobs/${path}`, String(context.account.settings['endpoint'])), {
    method,
    signal: context.signal,
    ...(body && { body: JSON.stringify(body) }),
  });
  if (answer.ok || answer.status === 404 || answer.status === 400) return answer;
  throw new Error(`${method} ${path} answered ${answer.status}`);
}
