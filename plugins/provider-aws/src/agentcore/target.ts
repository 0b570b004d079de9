// Reads the target of a request in mode `session` and checks it against the account: pure, before anything is sent.
import type { DispatchRequest, ErrorFactory } from '@agent-dispatch/core/provider';
import type { AwsAccount } from '../account/account.js';
import { type Problem, refuseTarget } from './problems.js';

/** Where the service documents its defaults and limits; a target may say otherwise for its runtime. */
const DEFAULT_QUALIFIER = 'DEFAULT';
const DEFAULT_MAX_LIFETIME_SECONDS = 28_800;

export interface RuntimeTarget {
  readonly runtimeArn: string;
  readonly runtimeId: string;
  readonly partition: string;
  readonly region: string;
  readonly accountId: string;
  readonly qualifier: string;
  readonly maxLifetimeSeconds: number;
  /** The session is kept so long after the task's end, and can be continued in. */
  readonly keepSeconds?: number;
}

const RUNTIME_ARN =
  /^arn:(aws[a-z-]*):bedrock-agentcore:([a-z0-9-]+):(\d{12}):runtime\/([a-zA-Z][a-zA-Z0-9_]{0,99}-[a-zA-Z0-9]{10})$/;

/** The id of the runtime that the ARN names; empty when it names none. */
export const runtimeIdOf = (runtimeArn: string): string => RUNTIME_ARN.exec(runtimeArn)?.[4] ?? '';

/** The AWS account of the runtime that the ARN names. */
export const accountIdOf = (runtimeArn: string): string | undefined => RUNTIME_ARN.exec(runtimeArn)?.[3];

/** The region of the runtime that the ARN names. */
export const regionOf = (runtimeArn: string): string | undefined => RUNTIME_ARN.exec(runtimeArn)?.[2];

/** Errors: AD_PROVIDER_TARGET_INVALID, with `details.problems`. */
export function readTarget(request: DispatchRequest, account: AwsAccount, errors: ErrorFactory): RuntimeTarget {
  const {
    runtimeArn,
    qualifier = DEFAULT_QUALIFIER,
    maxLifetimeSeconds = DEFAULT_MAX_LIFETIME_SECONDS,
    keepSeconds,
  } = request.target.details ?? {};
  const [, partition = '', region = '', accountId = '', runtimeId = ''] = RUNTIME_ARN.exec(String(runtimeArn)) ?? [];
  refuseTarget(runtimeId === '' ? [notAnArn(runtimeArn)] : placeProblems({ region, accountId }, account), errors);
  return {
    ...{ runtimeArn: String(runtimeArn), runtimeId, partition, region, accountId },
    qualifier: String(qualifier),
    maxLifetimeSeconds: Number(maxLifetimeSeconds),
    ...(keepSeconds !== undefined && { keepSeconds: Number(keepSeconds) }),
  };
}

const POINTER = '/target/details/runtimeArn';

function notAnArn(value: unknown): Problem {
  const form = 'arn:aws:bedrock-agentcore:<region>:<account>:runtime/<id>';
  const message = `runtimeArn ${JSON.stringify(value ?? null)} is not the ARN of an agent runtime (${form}).`;
  return { pointer: POINTER, message };
}

function placeProblems(
  { region, accountId }: Pick<RuntimeTarget, 'region' | 'accountId'>,
  account: AwsAccount,
): Problem[] {
  const problems: Problem[] = [];
  if (region !== account.region) {
    const message = `runtimeArn is in ${region}, account ${account.name} in ${account.region}: use an account profile for ${region}.`;
    problems.push({ pointer: POINTER, message });
  }
  if (account.expectedAccountId !== undefined && accountId !== account.expectedAccountId) {
    const message = `runtimeArn belongs to AWS account ${accountId}, account ${account.name} expects ${account.expectedAccountId}: correct one of them.`;
    problems.push({ pointer: POINTER, message });
  }
  return problems;
}
