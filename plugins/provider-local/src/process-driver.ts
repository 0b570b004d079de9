// The driver `process`: the verbs over one attempt's files and its shim. What speaks stdio the shim runs itself; for the other
// protocols it runs a worker, to which the host speaks. Keeps no state in memory.
import type {
  CancelLevel,
  Channel,
  ChannelDriver,
  CheckFinding,
  CleanupProof,
  DirectDriver,
  DispatchRequest,
  DriverContext,
  DriverEvent,
  DriverWithCheck,
  DriverWithSweep,
  ErrorFactory,
  Handle,
  PlanContext,
  Resource,
  SweepContext,
  SweptResource,
} from '@agent-dispatch/core/provider';
import { exists } from '@agent-dispatch/worker';
import { isProvisioned, locateAttempt, planHandle, provisionedHandle } from './attempt/attempt.js';
import { checkTarget } from './check.js';
import { removeResource } from './cleanup.js';
import { coded, toCoded, UnusableRequest } from './failures.js';
import { resumeWork, startWork } from './follow/verbs.js';
import { makeAttemptDirectory, prepareWorkingDirectory } from './place/directories.js';
import { placeInputs } from './place/inputs.js';
import { readDetails, type Details } from './request/details.js';
import { checkInput, readWork } from './request/work.js';
import { stopWork } from './stop-work.js';
import { findLeftovers } from './sweep.js';
import { declaredAgent, runsWorker } from './worker/agent.js';
import { openChannel, reachWorker } from './worker/channel.js';

export class ProcessDriver implements DirectDriver, ChannelDriver, DriverWithCheck, DriverWithSweep {
  readonly #errors: ErrorFactory;

  constructor(errors: ErrorFactory) {
    this.#errors = errors;
  }

  plan(request: DispatchRequest, context: PlanContext): Handle {
    return coded(this.#errors, () => planHandle(request, context, checkedDetails(request, context)));
  }

  async *provision(handle: Handle, context: DriverContext): AsyncIterable<DriverEvent> {
    try {
      requirePosix();
      const paths = locateAttempt(handle, context);
      const { request } = context;
      await makeAttemptDirectory(paths);
      const isContinued = context.continued !== undefined;
      const directory = await prepareWorkingDirectory(request, readDetails(request), { paths, isContinued });
      // The worker gets them over its protocol.
      if (!runsWorker(request)) await placeInputs(request.input.inputs ?? [], directory, paths.name);
      yield { type: 'handle', handle: provisionedHandle(handle) };
      if (runsWorker(request)) await reachWorker(paths, context, this.#errors);
    } catch (error) {
      throw toCoded(this.#errors, error);
    }
  }

  channel(handle: Handle, context: DriverContext): Channel {
    return openChannel(locateAttempt(handle, context), context, this.#errors);
  }

  async *start(handle: Handle, context: DriverContext): AsyncIterable<DriverEvent> {
    try {
      yield* startWork(locateAttempt(handle, context), context);
    } catch (error) {
      throw toCoded(this.#errors, error);
    }
  }

  async *resume(handle: Handle, context: DriverContext): AsyncIterable<DriverEvent> {
    try {
      const paths = locateAttempt(handle, context);
      if (await exists(paths.root)) yield* resumeWork(paths, context);
      else if (isProvisioned(handle)) yield { type: 'unknown', reason: 'The directory of the attempt was removed.' };
      else
        yield {
          type: 'not_started',
          proof: 'The attempt was never provisioned, and no work runs without its directory.',
        };
    } catch (error) {
      throw toCoded(this.#errors, error);
    }
  }

  async cancel(handle: Handle, context: DriverContext): Promise<CancelLevel> {
    try {
      const paths = locateAttempt(handle, context);
      if (!(await exists(paths.root))) {
        // Removed by cleanup, which stopped everything before. Otherwise a start may yet come and must find the claim taken.
        if (isProvisioned(handle)) return 'stopped';
        await makeAttemptDirectory(paths);
      }
      return await stopWork(paths, context);
    } catch (error) {
      throw toCoded(this.#errors, error);
    }
  }

  async cleanup(resources: readonly Resource[], _handle: Handle, context: DriverContext): Promise<CleanupProof[]> {
    try {
      const proofs: CleanupProof[] = [];
      for (const resource of resources) {
        const proof = await removeResource(resource, context);
        if (proof) proofs.push(proof);
      }
      return proofs;
    } catch (error) {
      throw toCoded(this.#errors, error);
    }
  }

  sweep(context: SweepContext): AsyncIterable<SweptResource> {
    return findLeftovers(context);
  }

  async check(request: DispatchRequest, context: DriverContext): Promise<CheckFinding[]> {
    return checkTarget(request, context);
  }
}

/** Errors: UnusableRequest, for all that can be told without I/O. */
function checkedDetails(request: DispatchRequest, context: PlanContext): Details {
  if (!runsWorker(request)) return readWork(request, context).details;
  checkInput(request.input);
  declaredAgent(request);
  return readDetails(request);
}

function requirePosix(): void {
  if (process.platform !== 'win32') return;
  throw new UnusableRequest(
    'AD_PROVIDER_TARGET_INVALID',
    '/target',
    'This provider does not run on Windows: it has no process groups.',
  );
}
