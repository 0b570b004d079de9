// Reads the target of a request and checks it against the account: pure, before anything is sent. Reports all problems at once.
import type { DispatchRequest, ErrorFactory } from '@agent-dispatch/core/provider';
import type { AwsAccount } from '../account/account.js';

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
}

interface Problem {
  pointer: string;
  message: string;
}

const RUNTIME_ARN =
  /^arn:(aws[a-z-]*):bedrock-agentcore:([a-z0-9-]+):(\d{12}):runtime\/([a-zA-Z][a-zA-Z0-9_]{0,47}-[a-zA-Z0-9]{10})$/;

/** Errors: AD_PROVIDER_TARGET_INVALID, with `details.problems`. */
export function readTarget(request: DispatchRequest, account: AwsAccount, errors: ErrorFactory): RuntimeTarget {
  const {
    runtimeArn,
    qualifier = DEFAULT_QUALIFIER,
    maxLifetimeSeconds = DEFAULT_MAX_LIFETIME_SECONDS,
  } = request.target.details ?? {};
  const [, partition = '', region = '', accountId = '', runtimeId = ''] = RUNTIME_ARN.exec(String(runtimeArn)) ?? [];
  const problems = runtimeId === '' ? [notAnArn(runtimeArn)] : placeProblems({ region, accountId }, account);
  if (problems.length > 0) {
    const message = problems.map((problem) => problem.message).join(' ');
    throw errors.create('AD_PROVIDER_TARGET_INVALID', message, { details: { problems } });
  }
  return {
    ...{ runtimeArn: String(runtimeArn), runtimeId, partition, region, accountId },
    qualifier: String(qualifier),
    maxLifetimeSeconds: Number(maxLifetimeSeconds),
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
