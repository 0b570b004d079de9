// An error as the service would answer it (restJson1): status, `x-amzn-errortype`, JSON `{message, ...}`.
// Status codes come from the SDK's error schemas; only errors that the SDK does not model are listed here.
import { modelledStatus } from './service-model.js';

const UNMODELLED_STATUS: Readonly<Record<string, number>> = {
  UnknownOperationException: 404,
  MissingAuthenticationTokenException: 403,
  IncompleteSignatureException: 403,
  InvalidSignatureException: 403,
  UnrecognizedClientException: 403,
  InvalidAction: 400,
  NoSuchEntity: 404,
  RepositoryNotFoundException: 400,
};

export interface FieldIssue {
  readonly name: string;
  readonly message: string;
}

export type ValidationReason =
  'CannotParse' | 'FieldValidationFailed' | 'IdempotentParameterMismatchException' | 'ResourceConflict';

export class ServiceError extends Error {
  readonly type: string;
  readonly status: number;
  readonly members: Readonly<Record<string, unknown>>;

  constructor(type: string, message: string, members: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'ServiceError';
    this.type = type;
    this.status = modelledStatus(type) ?? UNMODELLED_STATUS[type] ?? 500;
    this.members = members;
  }
}

export function invalidFields(
  issues: readonly FieldIssue[],
  reason: ValidationReason = 'FieldValidationFailed',
): ServiceError {
  const found = issues
    .map((issue) => `Value at '${issue.name}' failed to satisfy constraint: ${issue.message}`)
    .join('; ');
  const message = `${issues.length} validation error${issues.length === 1 ? '' : 's'} detected: ${found}`;
  return new ServiceError('ValidationException', message, { reason, fieldList: issues });
}

export function notFound(what: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', `${what} was not found`);
}
