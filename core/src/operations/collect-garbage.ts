// gc: what is found in the accounts, held against what the tasks here say they hold. The accounts are listed first: what a
// task makes is in its ledger before it is made, so nothing that belongs to one can look as if it belonged to none.
import type { CollectGarbageInput, CollectGarbageOutput, TaskRecord } from '@agent-dispatch/schemas';
import type { CallOptions } from '../control-plane.js';
import { isTerminal } from '../engine/index.js';
import { toDispatchError } from '../errors/index.js';
import type { Resource, SweptResource } from '../provider/index.js';
import { contextFor, type Ground } from './driver-context.js';
import { readLedger, type Held, type Ledger } from './ledger.js';
import { checkArguments, type Operations } from './operation.js';
import { releaseSwept } from './release-swept.js';

type Finding = CollectGarbageOutput['findings'][number];
type NotLookedAt = CollectGarbageOutput['not_looked_at'][number];

interface Found {
  ground: Ground;
  found: SweptResource;
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
  const notLookedAt: NotLookedAt[] = [];
  const swept: Found[] = [];
  for (const ground of groundsOf(operations, notLookedAt)) {
    for (const found of await sweep(operations, ground, { signal, notLookedAt })) swept.push({ ground, found });
  }
  const ledger = await readLedger(operations);
  const findings: Finding[] = [];
  for (const one of swept) findings.push(...(await judge(operations, input, one, ledger)));
  for (const held of ledger.all()) findings.push(...(await unseen(operations, input, held, findings)));
  return {
    installation_id: operations.store.installationId,
    applied: input.apply === true,
    findings,
    not_looked_at: notLookedAt,
  };
}

function groundsOf({ config, plugins }: Operations, notLookedAt: NotLookedAt[]): Ground[] {
  return Object.entries(config.config.accounts ?? {}).flatMap(([account, { provider }]) => {
    const known = plugins.find(provider);
    if (known?.manifest === undefined) {
      const reason = known?.error?.message ?? 'its provider is not installed';
      notLookedAt.push({ account_profile: account, provider, reason });
      return [];
    }
    return known.manifest.drivers.flatMap(({ name: driver, features }) => {
      if (features.sweep === true) return [{ account, provider, driver, load: () => plugins.load(provider, driver) }];
      notLookedAt.push({ account_profile: account, provider, driver, reason: 'it cannot list what it made' });
      return [];
    });
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

async function judge(
  operations: Operations,
  input: CollectGarbageInput,
  { ground, found }: Found,
  ledger: Ledger,
): Promise<Finding[]> {
  const ours = found.installationId === operations.store.installationId;
  if (!ours && input.owner !== ANY && input.owner !== found.installationId) return [];
  const holder = ours ? await ledger.holderOf(ground.provider, found) : undefined;
  if (holder) return await heldFindings(operations, input, { ground, found, holder });
  const removes = input.apply === true && (ours || input.owner === found.installationId);
  // Sweeping and removing take their time: a task may have come for it meanwhile.
  const late = removes && ours ? await (await readLedger(operations)).holderOf(ground.provider, found) : undefined;
  if (late) return await heldFindings(operations, input, { ground, found, holder: late });
  const release = removes ? await releaseSwept(operations, ground, found) : () => ({ action: 'none' as const });
  return found.handle.resources.map((resource) => ({
    ...findingOf(ground, found, resource),
    state: ours ? 'leaked' : 'foreign',
    ...release(resource),
  }));
}

async function heldFindings(
  operations: Operations,
  input: CollectGarbageInput,
  { ground, found, holder }: Found & { holder: Held },
): Promise<Finding[]> {
  const action = await again(operations, input, holder);
  return found.handle.resources.map((resource) => ({
    ...findingOf(ground, found, resource),
    task_id: holder.taskId,
    state: stateOf(holder),
    action,
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
  held: Held,
  findings: readonly Finding[],
): Promise<Finding[]> {
  const { task, entry } = held;
  if (task === undefined || entry === undefined || stateOf(held) !== 'abandoned') return [];
  const { provider, driver, account } = task.record.route;
  const { id, kind } = entry.resource;
  if (findings.some((shown) => shown.resource_id === id && shown.provider === provider)) return [];
  return [
    {
      ...{ provider, driver, account_profile: account, resource_id: id, kind, task_id: held.taskId },
      installation_id: operations.store.installationId,
      state: 'abandoned',
      action: await again(operations, input, held),
    },
  ];
}

/** A task that cannot be read may be at work. */
function stateOf({ task, entry }: Held): 'in_use' | 'kept' | 'releasing' | 'abandoned' {
  if (task === undefined || !isTerminal(task.record.status)) return 'in_use';
  if (entry?.state === 'abandoned') return 'abandoned';
  return isKept(task.record, entry) ? 'kept' : 'releasing';
}

const isKept = ({ cleanup }: TaskRecord, entry: Held['entry']): boolean =>
  cleanup.state === 'kept' && entry?.state === 'planned';

/** A release that was given up is the task's own matter: it is told to try again. Once for each time it was given up. */
async function again({ store }: Operations, { apply }: CollectGarbageInput, held: Held): Promise<'none' | 'requested'> {
  if (apply !== true || held.task === undefined || stateOf(held) !== 'abandoned') return 'none';
  await store.post(held.taskId, { commandId: `cleanup ${held.task.lastSeq}`, kind: 'cleanup', body: {} });
  return 'requested';
}
