// From the label and qualifier of a data plane call to the runtime that serves it. Starts nothing.
import {
  DEFAULT_ENDPOINT,
  RUNTIME_ARN_PATTERN,
  RUNTIME_ID_PATTERN,
  type Home,
  type RuntimeRecord,
} from '../state/runtimes.js';
import { requiredText, text } from '../wire/bind-input.js';
import { invalidFields, notFound, ServiceError } from '../wire/service-error.js';
import type { Call, World } from './operation.js';

/** A runtime whose endpoint takes calls, and that endpoint's name. */
export interface Served {
  readonly runtime: RuntimeRecord;
  readonly qualifier: string;
}

// An endpoint being updated still serves its earlier version.
const SERVING = ['READY', 'UPDATING', 'UPDATE_FAILED', 'DELETE_FAILED'];

/** @throws ServiceError when the runtime or its endpoint cannot be called from here. */
export function resolveServed(call: Call, world: World): Served {
  const runtime = resolveRuntime(call, world);
  if (runtime.authorization !== call.authorization) {
    const message = 'Authorization method mismatch. The agent is configured for a different authorization method.';
    throw new ServiceError('AccessDeniedException', message);
  }
  const qualifier = text(call.input, 'qualifier') ?? DEFAULT_ENDPOINT;
  const endpoint = runtime.endpoints.get(qualifier);
  if (endpoint === undefined) throw notFound(`Endpoint ${qualifier} of ${runtime.arn}`);
  if (!SERVING.includes(runtime.status) || !SERVING.includes(endpoint.status)) {
    throw notFound(`Endpoint ${qualifier} of ${runtime.arn} (not ready)`);
  }
  return { runtime, qualifier };
}

function resolveRuntime({ input, home }: Call, world: World): RuntimeRecord {
  const label = requiredText(input, 'agentRuntimeArn');
  const accountId = text(input, 'accountId');
  const [, region, account] = RUNTIME_ARN_PATTERN.exec(label) ?? [];
  if (region === undefined || account === undefined) {
    return resolveById(label, accountId, home, world);
  }
  requireOwnAccount(account, home);
  const runtime = region === home.region ? world.runtimes.findByArn(label) : undefined;
  if (runtime === undefined) throw notFound(`Agent runtime ${label}`);
  return runtime;
}

function resolveById(id: string, accountId: string | undefined, home: Home, world: World): RuntimeRecord {
  if (!RUNTIME_ID_PATTERN.test(id)) {
    throw invalidFields([
      { name: 'agentRuntimeArn', message: 'Member must be an agent runtime ARN, or an id together with accountId' },
    ]);
  }
  if (accountId === undefined)
    throw invalidFields([{ name: 'accountId', message: 'Member must not be null when an id is given' }]);
  requireOwnAccount(accountId, home);
  const runtime = world.runtimes.findById(id, home);
  if (runtime === undefined) throw notFound(`Agent runtime ${id}`);
  return runtime;
}

// The fake knows no resource policies: nobody reaches another account's runtimes.
function requireOwnAccount(account: string, home: Home): void {
  if (account === home.account) return;
  throw new ServiceError(
    'AccessDeniedException',
    `Account ${home.account} is not authorized to use agent runtimes of account ${account}`,
  );
}
