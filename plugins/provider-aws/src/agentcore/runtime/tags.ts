// The tags that say whose an agent runtime is. They are the proof; its name is only where a search begins.
import type { PlanContext } from '@agent-dispatch/core/provider';
import type { MadeRuntime } from '../handle.js';

const INSTALLATION = 'agentdispatch:installation';
const TASK = 'agentdispatch:task';
const ATTEMPT = 'agentdispatch:attempt';
const SHARED = 'agentdispatch:shared';
const EXPIRES = 'agentdispatch:expires';

export interface Ownership {
  readonly installationId: string;
  /** Absent: shared by tasks. */
  readonly taskId?: string;
  readonly attempt?: number;
}

type Owner = Pick<PlanContext, 'installationId' | 'taskId' | 'attempt'>;

/** @param expiresAt from when on nobody can need it; for people, and for what they clean up with. */
export function tagsOf(
  { isShared, configuration }: MadeRuntime,
  owner: Owner,
  expiresAt: number,
): Record<string, string> {
  const { installationId, taskId, attempt } = owner;
  if (isShared) return { [INSTALLATION]: installationId, [SHARED]: configuration };
  const expires = new Date(expiresAt).toISOString();
  return { [INSTALLATION]: installationId, [TASK]: taskId, [ATTEMPT]: String(attempt), [EXPIRES]: expires };
}

/** Undefined: no installation's. */
export function ownershipOf(tags: Readonly<Record<string, string>>): Ownership | undefined {
  const installationId = tags[INSTALLATION];
  if (installationId === undefined) return undefined;
  const { [TASK]: taskId, [ATTEMPT]: attempt } = tags;
  return {
    installationId,
    ...(taskId !== undefined && { taskId }),
    ...(attempt !== undefined && { attempt: Number(attempt) }),
  };
}

/** Whether tags are those that this attempt would give. */
export function bearsTagsOf(tags: Readonly<Record<string, string>>, made: MadeRuntime, owner: Owner): boolean {
  const wanted = tagsOf(made, owner, 0);
  return Object.entries(wanted).every(([key, value]) => key === EXPIRES || tags[key] === value);
}
