// Reads what the SDK throws: the one table from error names and HTTP statuses to our codes, and the one place that judges
// whether a request may have had its effect although no answer came.
import type { ErrorFactory } from '@agent-dispatch/core/provider';
import { type AwsAccount, renewalOf } from '../account/account.js';

/** One call to AWS, for the error's words. */
export interface AwsCall {
  readonly account: AwsAccount;
  /** Name of the operation, which is also its IAM action. */
  readonly action: string;
  /** Doing it twice would do work twice. A lost answer to such a call leaves the outcome unknown. */
  readonly beginsWork: boolean;
  /** It may be repeated, but where its answer is lost its effect may come later. */
  readonly mayLandLate?: boolean | undefined;
  /** ARN or name of what is acted on. */
  readonly resource?: string | undefined;
  /** A role that the call hands to the service, which needs a permission of its own. */
  readonly passesRole?: string | undefined;
  /** Where in CloudWatch the agent's log is. */
  readonly logGroup?: string | undefined;
}

/** Thrown by a credential source: no request was sent. */
export class CredentialFailure extends Error {
  override readonly name = 'CredentialFailure';
  /** The source itself could not be reached; it may be later. */
  readonly isTransient: boolean;

  constructor(override readonly cause: unknown) {
    super(messageOf(cause));
    this.isTransient = (statusOf(cause) ?? 0) >= 500 || neverSent(cause);
  }
}

type Reading = { code: string; hint?: (call: AwsCall) => string };

const UNAUTHENTICATED: Reading = { code: 'AD_PROVIDER_UNAUTHENTICATED', hint: ({ account }) => renewalOf(account) };
const DENIED: Reading = {
  code: 'AD_PROVIDER_DENIED',
  hint: ({ account, action, resource, passesRole }) => {
    const on = resource === undefined ? '' : ` on ${resource}`;
    const role = passesRole === undefined ? '' : `, and iam:PassRole on ${passesRole},`;
    return `Allow ${action}${on}${role} to the identity of account ${account.name}.`;
  },
};
const TOKEN_RUNTIME: Reading = {
  code: 'AD_PROVIDER_DENIED',
  hint: () =>
    'The agent runtime takes either OAuth tokens (name the secret that is one in bearerToken) or AWS credentials (leave bearerToken out), never both.',
};
const WRONG_TIME: Reading = {
  code: 'AD_PROVIDER_UNAUTHENTICATED',
  hint: () => "Set this machine's clock: a signature is taken for five minutes around its time.",
};
const CONFLICT: Reading = { code: 'AD_PROVIDER_CONFLICT' };
const UNAVAILABLE: Reading = { code: 'AD_PROVIDER_UNAVAILABLE' };

const INVALID: Reading = { code: 'AD_PROVIDER_INVALID_REQUEST' };
const QUOTA: Reading = {
  code: 'AD_PROVIDER_QUOTA',
  hint: ({ action }) =>
    action.endsWith('CreateAgentRuntime')
      ? 'Delete agent runtimes that nobody needs (`agentdispatch gc`), share one (`shared`), or raise their quota in Service Quotas.'
      : 'Wait for other sessions to end, or raise the quota of active AgentCore sessions in Service Quotas.',
};
/** At its first use in an AWS account AgentCore makes a role of its own, with the caller's permission. */
const OWN_ROLE = /service.linked role/i;
const OWN_ROLE_BUSY: Reading = {
  code: 'AD_PROVIDER_THROTTLED',
  hint: () => 'AgentCore makes a role of its own at its first use in an AWS account. Try again in some minutes.',
};
const OWN_ROLE_DENIED: Reading = {
  code: 'AD_PROVIDER_DENIED',
  hint: ({ account }) =>
    `Allow iam:CreateServiceLinkedRole for runtime-identity.bedrock-agentcore.amazonaws.com (in a VPC also network.bedrock-agentcore.amazonaws.com) to the identity of account ${account.name}, until the first agent runtime of the AWS account is made.`,
};
const NOT_FOUND: Reading = {
  code: 'AD_PROVIDER_NOT_FOUND',
  hint: ({ account }) => `Check runtimeArn and qualifier against the agent runtimes in ${account.region}.`,
};
const AGENT_FAILED: Reading = {
  code: 'AD_PROVIDER_AGENT_FAILED',
  hint: ({ account, logGroup = '/aws/bedrock-agentcore/runtimes/<runtime id>-<endpoint>' }) =>
    `Read the agent runtime's own log in CloudWatch, group ${logGroup}, region ${account.region}.`,
};
const THROTTLED: Reading = { code: 'AD_PROVIDER_THROTTLED' };

/** Names that say more than their status, or that come without one, within a stream. */
const BY_NAME: Readonly<Record<string, Reading>> = {
  AccessDeniedException: DENIED,
  CredentialFailure: UNAUTHENTICATED,
  CredentialsProviderError: UNAUTHENTICATED,
  TokenProviderError: UNAUTHENTICATED,
  ExpiredToken: UNAUTHENTICATED,
  ExpiredTokenException: UNAUTHENTICATED,
  IncompleteSignature: UNAUTHENTICATED,
  IncompleteSignatureException: UNAUTHENTICATED,
  InvalidClientTokenId: UNAUTHENTICATED,
  InvalidSignatureException: UNAUTHENTICATED,
  NoSuchEntity: { code: NOT_FOUND.code, hint: ({ resource = 'it' }) => `Create ${resource}, or correct its name.` },
  RequestExpired: WRONG_TIME,
  RequestInTheFuture: WRONG_TIME,
  RequestTimeTooSkewed: WRONG_TIME,
  RepositoryNotFoundException: {
    code: NOT_FOUND.code,
    hint: ({ resource = 'it' }) => `Push ${resource} there, or correct its name.`,
  },
  MissingAuthenticationToken: UNAUTHENTICATED,
  MissingAuthenticationTokenException: UNAUTHENTICATED,
  ResourceNotFoundException: NOT_FOUND,
  RuntimeClientError: AGENT_FAILED,
  ServiceQuotaExceededException: QUOTA,
  SignatureDoesNotMatch: UNAUTHENTICATED,
  Throttling: THROTTLED,
  ThrottlingException: THROTTLED,
  UnauthorizedException: {
    code: 'AD_PROVIDER_UNAUTHENTICATED',
    hint: ({ account }) => `Renew the token that bearerToken names; or, without one: ${renewalOf(account)}`,
  },
  UnrecognizedClientException: UNAUTHENTICATED,
  ValidationException: INVALID,
};

const BY_STATUS: Readonly<Record<number, Reading>> = {
  400: INVALID,
  401: UNAUTHENTICATED,
  402: QUOTA,
  403: DENIED,
  404: NOT_FOUND,
  409: CONFLICT,
  413: INVALID,
  424: AGENT_FAILED,
  429: THROTTLED,
};

/** Failures before a connection stands: the request cannot have left. The SDK may keep no more of an error than its message. */
const NO_CONNECTION =
  /\b(connect|getaddrinfo) E[A-Z_]+|did not establish a connection|before secure TLS connection was established/;
const NO_TRUST = /^(CERT_|ERR_TLS_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/;

/** Any error of a call as a coded one; one that is coded already stays as it is. */
export function codedError(error: unknown, call: AwsCall, errors: ErrorFactory): Error {
  if (isCoded(error)) return error;
  const status = statusOf(error);
  const reading = readingOf(error, status);
  const { resource } = call;
  const details = {
    operation: call.action,
    account: call.account.name,
    ...(resource !== undefined && { resource }),
    ...(status !== undefined && { status }),
  };
  const message = `${call.action} with account ${call.account.name} failed: ${described(error, status)}`;
  if (reading !== undefined && !(reading === CONFLICT && !call.beginsWork)) {
    return errors.create(reading.code, message, { hint: reading.hint?.(call), details, cause: error });
  }
  if (call.beginsWork && !neverSent(error)) {
    return errors.create('AD_TASK_OUTCOME_UNKNOWN', message, {
      details: { ...details, ambiguous: true },
      cause: error,
    });
  }
  // A state that is changing, a gateway, a broken line: what may be repeated is worth repeating. A refusal of a kind that
  // nobody foresaw is not.
  const isRefusal = status !== undefined && status >= 400 && status < 500 && reading !== CONFLICT;
  const code = isRefusal ? 'AD_PROVIDER_INTERNAL' : UNAVAILABLE.code;
  const ambiguous = call.mayLandLate === true && code === UNAVAILABLE.code && !neverSent(error);
  return errors.create(code, message, { details: { ...details, ...(ambiguous && { ambiguous }) }, cause: error });
}

/** Whether the service itself says that the thing addressed does not exist; a proxy's 404 says nothing. */
export const isNotFound = (error: unknown): boolean => nameOf(error) === 'ResourceNotFoundException';

/** Something of this name, or made with this token, is there already. */
export const isNameInUse = (error: unknown): boolean =>
  nameOf(error) === 'ConflictException' ||
  (error as { reason?: unknown }).reason === 'IdempotentParameterMismatchException';

/** It may not be changed now; a look at its status tells when. */
export const isStateChanging = (error: unknown): boolean => nameOf(error) === 'ConflictException';

/** The status, 400 to 499, with which the container itself refused a request; the service tells no more of its answer. */
export function refusalOfContainer(error: unknown): number | undefined {
  if (nameOf(error) !== 'RuntimeClientError') return undefined;
  const [, status] = /received error \((4\d\d)\) from runtime/i.exec(messageOf(error)) ?? [];
  return status === undefined ? undefined : Number(status);
}

/** A refusal for what others do at this moment. */
export const isPassingRefusal = (error: unknown): boolean =>
  statusOf(error) === 429 || ['RetryableConflictException', 'ThrottlingException'].includes(nameOf(error));

function readingOf(error: unknown, status: number | undefined): Reading | undefined {
  if (error instanceof CredentialFailure && error.isTransient) return UNAVAILABLE;
  if (status === 403 && /authorization method mismatch/i.test(messageOf(error))) return TOKEN_RUNTIME;
  if (status === 403 && /^signature (expired|not yet current)/i.test(messageOf(error))) return WRONG_TIME;
  if (OWN_ROLE.test(messageOf(error))) return /rate|limit/i.test(messageOf(error)) ? OWN_ROLE_BUSY : OWN_ROLE_DENIED;
  return BY_NAME[nameOf(error)] ?? (status === undefined ? undefined : BY_STATUS[status]);
}

function neverSent(error: unknown): boolean {
  // Each address of a name was tried in vain.
  if (error instanceof AggregateError) return error.errors.every(neverSent);
  const { code, $fault } = error as { code?: unknown; $fault?: unknown };
  // Somebody answered, whatever the words are.
  if (statusOf(error) !== undefined || $fault !== undefined) return false;
  return NO_CONNECTION.test(messageOf(error)) || (typeof code === 'string' && NO_TRUST.test(code));
}

// A page in place of the service's JSON makes the SDK fail in its parser, and its message is of no use to anyone.
function described(error: unknown, status: number | undefined): string {
  if (nameOf(error) === 'SyntaxError' && status !== undefined) {
    return `something on the way, such as a proxy, answered HTTP ${status} in place of the service.`;
  }
  // What a signature should have been made of has the session token in it.
  const [told = ''] = messageOf(error).split(/\s*The Canonical String/);
  const said = told.replace(/\s+/g, ' ').slice(0, 500);
  return `${nameOf(error)}: ${said}`;
}

function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;
}

const nameOf = (error: unknown): string => (error as { name?: string } | undefined)?.name ?? 'Error';

const messageOf = (error: unknown): string => (error as { message?: string } | undefined)?.message ?? String(error);

/** By its code, not its class: that belongs to the host's copy. */
function isCoded(error: unknown): error is Error {
  return (error as { code?: unknown } | undefined)?.code?.toString().startsWith('AD_') ?? false;
}
