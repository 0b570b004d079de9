// The handle of an attempt and the details of its request. Pure.
import { createHash } from 'node:crypto';

export const MACHINE_KIND = 'machine';

const ENDS = ['well', 'badly', 'when-told', 'asking'];

export function readDetails(errors, { target }) {
  const { work = {}, faults = [], graceSeconds = 60, ...more } = target.details ?? {};
  const { ends = 'well', lines = 3, everyMs = 0, secret } = work;
  if (!ENDS.includes(ends)) {
    throw errors.create('AD_PROVIDER_TARGET_INVALID', `/target/details/work/ends is none of ${ENDS.join(', ')}`);
  }
  return { ...more, graceSeconds, faults, work: { ends, lines, everyMs, secret } };
}

/** One name for everything of the attempt: no two installations, tasks or attempts share it. */
const attemptName = ({ installationId, taskId, attempt }) =>
  `${taskId}-${attempt}-${digest(installationId, taskId, attempt)}`;

const digest = (...parts) => createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);

export function planHandle(errors, request, context) {
  const { sharedKey, keepSeconds, graceSeconds } = readDetails(errors, request);
  const name = attemptName(context);
  const machine = sharedKey === undefined ? name : `shared-${digest(context.installationId, sharedKey)}`;
  const resource = {
    id: machine,
    kind: MACHINE_KIND,
    scope: sharedKey === undefined ? 'attempt' : `shared:${sharedKey}`,
    expiresAt: context.deadline + (graceSeconds + (keepSeconds ?? 0)) * 1000,
    ...(keepSeconds !== undefined && { keepSeconds }),
  };
  return { version: 1, data: { name, machine, expiresAt: resource.expiresAt }, resources: [resource] };
}
