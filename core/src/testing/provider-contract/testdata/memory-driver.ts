// A driver over the cloud in memory that keeps the whole contract, in as few lines as that takes.
import type {
  DirectDriver,
  DriverContext,
  DriverEvent,
  DriverWithCheck,
  DriverWithHandoff,
  DriverWithSweep,
  ErrorFactory,
  Handle,
  PlanContext,
} from '../../../provider/index.js';
import type { MemoryCloud } from './memory-cloud.js';

export type MemoryDriver = DirectDriver & DriverWithCheck & DriverWithHandoff & DriverWithSweep;

/** Stands for the network: the clouds that are there, by what an account calls them. */
export const CLOUDS = new Map<unknown, MemoryCloud>();

export function cloudOf({ account }: Pick<PlanContext, 'account'>): MemoryCloud {
  const cloud = CLOUDS.get(account.settings['cloud']);
  if (cloud === undefined || cloud.isBroken) throw new Error('the cloud answered something that nobody foresaw');
  return cloud;
}

export const handleOf = (name: string, expiresAt: number): Handle => ({
  version: 1,
  data: { name },
  resources: [{ id: name, kind: 'room', scope: 'attempt', expiresAt }],
});

export const nameOf = ({ data }: Handle): string => String(data['name']);

export const memoryDriver = (errors: ErrorFactory): MemoryDriver => ({
  plan({ target }, { installationId, taskId, attempt, deadline }) {
    const ends = target.details?.['ends'];
    if (ends !== 'well' && ends !== 'badly' && ends !== 'told') {
      throw errors.create('AD_PROVIDER_TARGET_INVALID', '/target/details/ends is none of well, badly, told');
    }
    return handleOf(`${installationId}/${taskId}-${attempt}`, deadline);
  },

  handoff: (handle) => ({ protocol: 'http', url: `memory:${nameOf(handle)}`, auth: { scheme: 'none' } }),

  async *provision(handle, context) {
    const { installationId, taskId, deadline } = context;
    cloudOf(context).makeRoom(nameOf(handle), { installationId, taskId, expiresAt: deadline });
    yield { type: 'progress', message: 'the room is there' };
  },

  async *start(handle, context) {
    const job = cloudOf(context).begin(nameOf(handle), context.taskId, endsOf(context));
    if (job === undefined) yield { type: 'ended', outcome: 'cancelled' };
    else yield* follow(handle, context);
  },

  async *resume(handle, context) {
    if (cloudOf(context).jobs.has(nameOf(handle))) yield* follow(handle, context);
    else yield { type: 'not_started', proof: 'No job bears the name; one that comes late is the same job.' };
  },

  async cancel(handle, context) {
    cloudOf(context).stop(nameOf(handle));
    return 'stopped';
  },

  async cleanup(resources, _handle, context) {
    const cloud = cloudOf(context);
    for (const { id } of resources) cloud.removeRoom(id);
    return resources.map(({ id }) => ({ id, proof: 'verified' }));
  },

  async check(_request, context) {
    const name = 'cloud';
    try {
      cloudOf(context);
      return [{ name, status: 'pass', message: 'The cloud answers.' }];
    } catch (error) {
      return [{ name, status: 'fail', message: String(error), fix: 'Mend the cloud.' }];
    }
  },

  async *sweep(context) {
    for (const [name, { installationId, taskId, expiresAt }] of cloudOf(context).rooms) {
      yield { handle: handleOf(name, expiresAt), installationId, taskId };
    }
  },
});

/** The cursor is the number of lines that were told. */
export async function* follow(handle: Handle, context: DriverContext): AsyncGenerator<DriverEvent> {
  const job = cloudOf(context).jobs.get(nameOf(handle));
  let told = Number(context.cursor ?? 0);
  yield { type: 'attached' };
  while (job !== undefined && !context.signal.aborted) {
    const cloud = cloudOf(context);
    for (const text of job.lines.slice(told)) {
      told += 1;
      yield { type: 'log', stream: 'stdout', text, cursor: String(told) };
    }
    if (job.ended !== undefined) {
      yield endOf(job.ended);
      return;
    }
    await cloud.change(context.signal);
  }
}

function endOf(outcome: 'succeeded' | 'failed' | 'cancelled'): DriverEvent {
  if (outcome !== 'failed') return { type: 'ended', outcome };
  return { type: 'ended', outcome, error: { code: 'AD_TASK_FAILED', message: 'the job failed' } };
}

const endsOf = ({ request, secrets }: DriverContext): string => {
  const { ends, secret } = request.target.details ?? {};
  return secret === undefined || secret === secrets['TOKEN'] ? String(ends) : 'badly';
};
