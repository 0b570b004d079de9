// The resource ledger of a task: what its attempts may have made, and what of it may be released now.
import type { CleanupProof, Handle, Resource, TaskRecord } from '@agent-dispatch/schemas';
import { isTerminal } from './state-table.js';

type Entry = TaskRecord['resources'][number];

/** Takes over the resources that a handle names. Known ones are updated, none is ever dropped. */
export function enterResources(record: TaskRecord, attempt: number, handle: Handle): Resource[] {
  const added: Resource[] = [];
  for (const resource of handle.resources) {
    const known = record.resources.find((entry) => entry.attempt === attempt && entry.resource.id === resource.id);
    if (known) known.resource = resource;
    else {
      record.resources.push({ resource, attempt, state: 'planned' });
      added.push(resource);
    }
  }
  return added;
}

/** Entries that this task does not need any more. Borrowed ones are never ours to release. */
export function releasable(record: TaskRecord): Entry[] {
  const ended = isTerminal(record.status);
  return record.resources.filter(({ resource, attempt, state }) => {
    if (state !== 'planned' || resource.scope === 'borrowed') return false;
    if (ended) return true;
    const attemptOver = record.attempts?.find((candidate) => candidate.number === attempt)?.stage === 'ended';
    return resource.scope === 'attempt' && attemptOver;
  });
}

/** Marks what may be released and has a proof as released. Returns the proofs that were new. */
export function release(record: TaskRecord, proofs: readonly CleanupProof[], now: number): CleanupProof[] {
  return proofs.filter((proof) => {
    const entries = releasable(record).filter(({ resource }) => resource.id === proof.id);
    for (const entry of entries) Object.assign(entry, { state: 'released', proof, releasedAt: now });
    return entries.length > 0;
  });
}
