// gc: what is found in the accounts, held against what the tasks here say they hold. The account is listed first: what a
// task makes is in its ledger before it is made, so nothing that belongs to one can look as if it belonged to none.
import type { CollectGarbageInput, CollectGarbageOutput, TaskRecord } from '@agent-dispatch/schemas';
import type { CallOptions } from '../control-plane.js';
import { isTerminal } from '../engine/index.js';
import { toDispatchError } from '../errors/index.js';
import type { Resource, SweptResource } from '../provider/index.js';
import type { StoredTask } from '../store/index.js';
import { contextFor, type Ground } from './driver-context.js';
import { checkArguments, type Operations } from './operation.js';
import { releaseSwept } from './release-swept.js';

type Finding = CollectGarbageOutput['findings'][number];
type NotLookedAt = CollectGarbageOutput['not_looked_at'][number];

interface Held {
  task: StoredTask;
  resource: Resource;
}

const SWEEP_MS = 300_000;
/** `owner` for things of every installation: these are only shown. */
const ANY = 'any';

export async function collectGarbage(
  operations: Operations,
  input: CollectGarbageInput,
  { signal }: CallOptions = {},
): Promise<CollectGarbageOutput> {
  checkArguments('CollectGarbageInput', input);
  const findings: Finding[] = [];
  const notLookedAt: NotLookedAt[] = [];
  for (const account of Object.keys(operations.config.config.accounts ?? {})) {
    const grounds = groundsOf(operations, account, notLookedAt);
    const swept: { ground: Ground; found: SweptResource }[] = [];
    for (const ground of grounds) {
      for (const found of await sweep(operations, ground, { signal, notLookedAt })) swept.push({ ground, found });
    }
    const held = await heldIn(operations, account);
    for (const { ground, found } of swept) findings.push(...(await judge(operations, input, { ground, found, held })));
    for (const entry of held.values()) findings.push(...(await unseen(operations, input, entry, findings)));
  }
  return {
    installation_id: operations.store.installationId,
    applied: input.apply === true,
    findings,
    not_looked_at: notLookedAt,
  };
}

function groundsOf({ config, plugins }: Operations, account: string, notLookedAt: NotLookedAt[]): Ground[] {
  const provider = config.config.accounts?.[account]?.provider ?? '';
  const known = plugins.find(provider);
  const manifest = known?.manifest;
  if (manifest === undefined) {
    notLookedAt.push({
      account_profile: account,
      provider,
      reason: known?.error?.message ?? 'its provider is not installed',
    });
    return [];
  }
  return manifest.drivers.flatMap(({ name: driver, features }) => {
    if (features.sweep === true) return [{ account, provider, driver, load: () => plugins.load(provider, driver) }];
    notLookedAt.push({ account_profile: account, provider, driver, reason: 'it cannot list what it made' });
    return [];
  });
}

async function sweep(
  operations: Operations,
  ground: Ground,
  { signal, notLookedAt }: { signal: AbortSignal | undefined; notLookedAt: NotLookedAt[] },
): Promise<SweptResource[]> {
  const timeout = AbortSignal.timeout(SWEEP_MS);
  const found: SweptResource[] = [];
  try {
    const driver = await ground.load();
    const context = contextFor(operations, {
      ...ground,
      signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
    });
    for await (const swept of driver.sweep?.(context) ?? []) found.push(swept);
    return found;
  } catch (thrown) {
    const { account, provider, driver } = ground;
    const reason = toDispatchError(thrown, 'AD_PROVIDER_INTERNAL').message;
    notLookedAt.push({ account_profile: account, provider, driver, reason: operations.redactor([]).text(reason) });
    return [];
  }
}

/** By resource id. Of several tasks that share one, whichever has not given it up speaks for it. */
async function heldIn({ store }: Operations, account: string): Promise<Map<string, Held>> {
  const held = new Map<string, Held>();
  for await (const task of store.handles(account)) {
    for (const { resource, state } of task.record.resources) {
      const holds = (state === 'planned' || state === 'removing') && resource.scope !== 'borrowed';
      const other = held.get(resource.id);
      if (holds && (other === undefined || stateOf(other.task.record) === 'abandoned')) {
        held.set(resource.id, { task, resource });
      }
    }
  }
  return held;
}

interface Found {
  ground: Ground;
  found: SweptResource;
  held: ReadonlyMap<string, Held>;
}

async function judge(operations: Operations, input: CollectGarbageInput, seen: Found): Promise<Finding[]> {
  const { ground, found, held } = seen;
  const ours = found.installationId === operations.store.installationId;
  if (!ours && input.owner !== ANY && input.owner !== found.installationId) return [];
  const holders = found.handle.resources.map(({ id }) => held.get(id)).filter((entry) => entry !== undefined);
  const [holder] = holders;
  if (ours && holder) {
    const action = await again(operations, input, holder.task);
    return found.handle.resources.map((resource) => ({
      ...findingOf(ground, found, resource),
      task_id: holder.task.record.taskId,
      state: stateOf(holder.task.record),
      action,
    }));
  }
  const removes = input.apply === true && (ours || input.owner === found.installationId);
  const release = removes ? await releaseSwept(operations, ground, found) : () => ({ action: 'none' as const });
  return found.handle.resources.map((resource) => ({
    ...findingOf(ground, found, resource),
    state: ours ? 'leaked' : 'foreign',
    ...release(resource),
  }));
}

const findingOf = (
  { account, provider, driver }: Ground,
  { installationId, taskId, createdAt }: SweptResource,
  { id, kind }: Resource,
): Omit<Finding, 'state' | 'action'> => ({
  provider,
  driver,
  account_profile: account,
  resource_id: id,
  kind,
  installation_id: installationId,
  ...(taskId !== undefined && { task_id: taskId }),
  ...(createdAt !== undefined && { created_at: new Date(createdAt).toISOString() }),
});

/** What was given up and no sweep has shown: the ledger remembers it. */
async function unseen(
  operations: Operations,
  input: CollectGarbageInput,
  { task, resource: { id, kind } }: Held,
  findings: readonly Finding[],
): Promise<Finding[]> {
  const { route, taskId } = task.record;
  const isShown = findings.some(
    ({ resource_id, account_profile }) => resource_id === id && account_profile === route.account,
  );
  if (isShown || stateOf(task.record) !== 'abandoned') return [];
  const { provider, driver, account } = route;
  return [
    {
      ...{ provider, driver, account_profile: account, resource_id: id, kind, task_id: taskId },
      installation_id: operations.store.installationId,
      state: 'abandoned',
      action: await again(operations, input, task),
    },
  ];
}

function stateOf({ status, cleanup }: TaskRecord): 'in_use' | 'kept' | 'releasing' | 'abandoned' {
  if (!isTerminal(status)) return 'in_use';
  if (cleanup.state === 'kept') return 'kept';
  return cleanup.state === 'abandoned' ? 'abandoned' : 'releasing';
}

/** A release that was given up is the task's own matter: it is told to try again. Once for each time it was given up. */
async function again(
  { store }: Operations,
  { apply }: CollectGarbageInput,
  { record, lastSeq }: StoredTask,
): Promise<'none' | 'requested'> {
  if (apply !== true || stateOf(record) !== 'abandoned') return 'none';
  await store.post(record.taskId, { commandId: `cleanup ${lastSeq}`, kind: 'cleanup', body: {} });
  return 'requested';
}
