// Every name and token given in the cloud: from installation, task and attempt alone, so that nothing is ever made twice and
// what is ours can be told from what is not.
import { createHash } from 'node:crypto';
import type { PlanContext } from '@agent-dispatch/core/provider';

type Owner = Pick<PlanContext, 'installationId' | 'taskId' | 'attempt'>;

/**
 * 33 to 256 characters are allowed; letters, digits and hyphens are safe. The readable part is for people who look at the
 * service's logs, the digest keeps installations, tasks and attempts apart.
 */
export function sessionIdFor({ installationId, taskId, attempt }: Owner): string {
  const readable = taskId.replace(/[^a-zA-Z0-9]+/g, '-').slice(0, 64);
  return `agentdispatch-${readable}-${attempt}-${digest(installationId, taskId, attempt).slice(0, 32)}`;
}

/** Letters, digits and `_` only, 48 at most. The first digest is the installation's: a prefix by which a list is searched. */
const RUNTIME_NAME = /^ad_[0-9a-f]{12}_[0-9a-f]{24}$/;

export const runtimeNameFor = ({ installationId, taskId, attempt }: Owner): string =>
  runtimeName(installationId, digest(installationId, taskId, attempt));

/** Of what tasks share: two accounts, as this installation names them, never share anything. */
export const sharedRuntimeName = (installationId: string, account: string, configuration: string): string =>
  runtimeName(installationId, digest(installationId, account, configuration));

export const isRuntimeName = (name: string): boolean => RUNTIME_NAME.test(name);

/** 33 to 256 characters. Another task that makes the same shared runtime has another token, and is told that it is there. */
export const createTokenFor = (name: string, { taskId, attempt }: Owner): string =>
  digest('create', name, taskId, attempt);

const runtimeName = (installationId: string, unique: string): string =>
  `ad_${digest(installationId).slice(0, 12)}_${unique.slice(0, 24)}`;

export const digest = (...parts: readonly unknown[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex');
