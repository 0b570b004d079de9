// The one call of the Security Token Service that clients of this fake need: GetCallerIdentity, in its XML query protocol.
// It lets a client find out which account its credentials reach; nothing else of that service is here.
import { randomUUID } from 'node:crypto';
import type { Reply } from './wire/encode-output.js';
import { ServiceError } from './wire/service-error.js';
import type { Caller } from './wire/signature.js';

export const STS_SERVICE = 'sts';

/** No AgentCore operation is posted to the root, so the same address can serve both. */
export function isStsCall(method: string, path: string): boolean {
  return method === 'POST' && (path === '' || path === '/');
}

export function callerIdentity(body: Buffer, caller: Caller): Reply {
  const action = new URLSearchParams(body.toString('utf8')).get('Action') ?? '';
  if (action !== 'GetCallerIdentity') throw new ServiceError('InvalidAction', `The action ${action} is not served`);
  const arn = `arn:aws:iam::${caller.account}:user/${caller.accessKeyId}`;
  const result = `<Arn>${arn}</Arn><UserId>${caller.accessKeyId}</UserId><Account>${caller.account}</Account>`;
  return xml(
    200,
    `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>${result}` +
      `</GetCallerIdentityResult><ResponseMetadata>${requestId()}</ResponseMetadata></GetCallerIdentityResponse>`,
  );
}

export function stsError(error: ServiceError): Reply {
  const parts = `<Type>Sender</Type><Code>${escapeXml(error.type)}</Code><Message>${escapeXml(error.message)}</Message>`;
  return xml(error.status, `<ErrorResponse><Error>${parts}</Error>${requestId()}</ErrorResponse>`);
}

function requestId(): string {
  return `<RequestId>${randomUUID()}</RequestId>`;
}

function xml(status: number, document: string): Reply {
  return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(document) };
}

function escapeXml(text: string): string {
  return text.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`);
}
