// The few calls of other services that clients of this fake make: GetCallerIdentity of STS, which tells which account
// credentials reach; GetRole of IAM; BatchGetImage and GetDownloadUrlForLayer of ECR. Nothing else of those services is here.
import { createHash, randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Reply } from './wire/encode-output.js';
import { ServiceError } from './wire/service-error.js';
import type { Caller } from './wire/signature.js';

/** An image as ECR has it. Several architectures: an index of images. */
export interface RegistryImage {
  /** Default `arm64` alone. */
  readonly architectures?: readonly string[] | undefined;
  /** Of all layers together. Default 50 MB. */
  readonly bytes?: number | undefined;
}

export interface Beside {
  /** By address. */
  readonly registry: Readonly<Record<string, RegistryImage>>;
  /** Services that each role trusts, by ARN. Undefined: every role trusts AgentCore. */
  readonly roles: Readonly<Record<string, readonly string[]>> | undefined;
}

export interface BesideCall {
  readonly operation: string;
  readonly service: 'sts' | 'iam' | 'ecr';
  readonly body: Buffer;
  /** Where this fake is reached. */
  readonly host: string;
}

type Arrived = Pick<BesideCall, 'body'> & { method: string; path: string; headers: IncomingHttpHeaders };

const ECR_TARGET = /^AmazonEC2ContainerRegistry_V20150921\.(\w+)$/;
const LAYERS = '/_layers/';
const AGENTCORE = 'bedrock-agentcore.amazonaws.com';

/** No AgentCore operation is posted to the root, so one address can serve all. Undefined: it is none of these. */
export function besideCall({ method, path, headers, body }: Arrived): BesideCall | undefined {
  if (method !== 'POST' || (path !== '' && path !== '/')) return undefined;
  const host = headers.host ?? '';
  const [, ecr] = ECR_TARGET.exec(String(headers['x-amz-target'] ?? '')) ?? [];
  if (ecr !== undefined) return { operation: ecr, service: 'ecr', body, host };
  const operation = new URLSearchParams(body.toString('utf8')).get('Action') ?? 'Unknown';
  return { operation, service: operation === 'GetRole' ? 'iam' : 'sts', body, host };
}

/** @throws ServiceError */
export function answerBeside({ operation, body, host }: BesideCall, caller: Caller, beside: Beside): Reply {
  switch (operation) {
    case 'GetCallerIdentity':
      return callerIdentity(caller);
    case 'GetRole':
      return role(new URLSearchParams(body.toString('utf8')).get('RoleName') ?? '', caller, beside);
    case 'BatchGetImage':
      return json(images(JSON.parse(body.toString('utf8')) as ImageQuery, caller, beside));
    case 'GetDownloadUrlForLayer': {
      const { layerDigest } = JSON.parse(body.toString('utf8')) as { layerDigest: string };
      return json({ layerDigest, downloadUrl: `http://${host}${LAYERS}${encodeURIComponent(layerDigest)}` });
    }
    default:
      throw new ServiceError('InvalidAction', `The action ${operation} is not served`);
  }
}

/** The configuration of an image, where a download URL leads. Needs no signature. */
export function layerAt(method: string, path: string): Reply | undefined {
  if (method !== 'GET' || !path.startsWith(LAYERS)) return undefined;
  const [, architecture] = decodeURIComponent(path.slice(LAYERS.length)).split('-');
  return json({ architecture, os: 'linux' });
}

export function besideError(error: ServiceError, { service }: BesideCall): Reply {
  if (service === 'ecr') return json({ __type: error.type, message: error.message }, error.status);
  const parts = `<Type>Sender</Type><Code>${escapeXml(error.type)}</Code><Message>${escapeXml(error.message)}</Message>`;
  return xml(error.status, `<ErrorResponse><Error>${parts}</Error>${requestId()}</ErrorResponse>`);
}

function callerIdentity(caller: Caller): Reply {
  const arn = `arn:aws:iam::${caller.account}:user/${caller.accessKeyId}`;
  const result = `<Arn>${arn}</Arn><UserId>${caller.accessKeyId}</UserId><Account>${caller.account}</Account>`;
  return xml(
    200,
    `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>${result}` +
      `</GetCallerIdentityResult><ResponseMetadata>${requestId()}</ResponseMetadata></GetCallerIdentityResponse>`,
  );
}

function role(name: string, { account }: Caller, { roles }: Beside): Reply {
  const arn = `arn:aws:iam::${account}:role/${name}`;
  const services = roles === undefined ? [AGENTCORE] : roles[arn];
  if (services === undefined) throw new ServiceError('NoSuchEntity', `The role with name ${name} cannot be found.`);
  const statement = { Effect: 'Allow', Principal: { Service: services }, Action: 'sts:AssumeRole' };
  const policy = encodeURIComponent(JSON.stringify({ Version: '2012-10-17', Statement: [statement] }));
  const shown = `<Arn>${arn}</Arn><AssumeRolePolicyDocument>${policy}</AssumeRolePolicyDocument>`;
  return xml(200, `<GetRoleResponse><GetRoleResult><Role>${shown}</Role></GetRoleResult></GetRoleResponse>`);
}

interface ImageQuery {
  readonly registryId: string;
  readonly repositoryName: string;
  readonly imageIds: readonly { readonly imageTag?: string; readonly imageDigest?: string }[];
}

function images({ repositoryName, imageIds }: ImageQuery, { account }: Caller, { registry }: Beside): object {
  const named = Object.entries(registry).filter(([address]) => {
    const [, owner, repository] = /^(\d{12})\.dkr\.ecr\.[^/]+\/([^:@]+)/.exec(address) ?? [];
    return owner === account && repository === repositoryName;
  });
  if (named.length === 0) {
    const message = `The repository with name '${repositoryName}' does not exist`;
    throw new ServiceError('RepositoryNotFoundException', message);
  }
  const [{ imageTag, imageDigest } = {}] = imageIds;
  for (const [address, image] of named) {
    const [whole, ...parts] = manifestsOf(image);
    const isNamed =
      imageTag === undefined ? address.endsWith(`@${imageDigest ?? ''}`) : address.endsWith(`:${imageTag}`);
    const manifest = isNamed ? whole : [whole, ...parts].find((text) => digestOf(text ?? '') === imageDigest);
    if (manifest !== undefined) return { images: [{ imageManifest: manifest }], failures: [] };
  }
  return { images: [], failures: [{ imageId: imageIds[0], failureCode: 'ImageNotFound' }] };
}

/** The manifest that the image's name leads to, and those that it leads to in turn. */
function manifestsOf({ architectures = ['arm64'], bytes = 50_000_000 }: RegistryImage): string[] {
  const single = (architecture: string): string =>
    JSON.stringify({ config: { digest: `sha256:config-${architecture}` }, layers: [{ size: bytes - 1 }, { size: 1 }] });
  const [first = '', ...others] = architectures;
  if (others.length === 0) return [single(first)];
  const manifests = architectures.map((architecture) => ({
    digest: digestOf(single(architecture)),
    platform: { os: 'linux', architecture },
  }));
  return [JSON.stringify({ manifests }), ...architectures.map(single)];
}

const digestOf = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

function requestId(): string {
  return `<RequestId>${randomUUID()}</RequestId>`;
}

function json(value: object, status = 200): Reply {
  const headers = { 'content-type': 'application/x-amz-json-1.1' };
  return { status, headers, body: Buffer.from(JSON.stringify(value)) };
}

function xml(status: number, document: string): Reply {
  return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(document) };
}

function escapeXml(text: string): string {
  return text.replace(/[<>&]/g, (character) => `&#${character.charCodeAt(0)};`);
}
