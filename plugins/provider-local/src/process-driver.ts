// The driver `process`: six verbs and check over one attempt's files and its shim. Keeps no state in memory.
import type {
  CancelLevel,
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
import { isProvisioned, locateAttempt, planHandle, provisionedHandle } from './attempt/attempt.js';
import { checkTarget } from './check.js';
import { removeResource } from './cleanup.js';
import { coded, toCoded, UnusableRequest } from './failures.js';
import { resumeWork, startWork } from './follow/verbs.js';
import { makeAttemptDirectory, prepareWorkingDirectory } from './place/directories.js';
import { exists } from './place/inside.js';
import { placeInputs } from './place/inputs.js';
import { readDetails } from './request/details.js';
import { readWork } from './request/work.js';
import { stopWork } from './stop-work.js';
import { findLeftovers } from './sweep.js';

export class ProcessDriver implements DirectDriver, DriverWithCheck, DriverWithSweep {
  readonly #errors: ErrorFactory;

  constructor(errors: ErrorFactory) {
    this.#errors = errors;
  }

  plan(request: DispatchRequest, context: PlanContext): Handle {
    return coded(this.#errors, () => planHandle(request, context, readWork(request, context).details));
  }

  async *provision(handle: Handle, context: DriverContext): AsyncIterable<DriverEvent> {
    try {
      requirePosix();
      const paths = locateAttempt(handle, context);
      const { request } = context;
      await makeAttemptDirectory(paths);
      const directory = await prepareWorkingDirectory(request, readDetails(request), {
        paths,
        isContinued: context.continued !== undefined,
      });
      await placeInputs(request.input.inputs ?? [], directory, paths.name);
      yield { type: 'handle', handle: provisionedHandle(handle) };
    } catch (error) {
      throw toCoded(this.#errors, error);
    }
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

function requirePosix(): void {
  if (process.platform !== 'win32') return;
  throw new UnusableRequest(
    'AD_PROVIDER_TARGET_INVALID',
    '/target',
    'This provider does not run on Windows: it has no process groups.',
  );
}
