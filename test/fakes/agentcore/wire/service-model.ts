// Reads the operation and error schemas that the SDK clients export, and restates them as plain models.
// This is the only file that knows the SDK's compact schema notation; it decides nothing about behaviour.
import * as dataPlane from '@aws-sdk/client-bedrock-agentcore';
import * as controlPlane from '@aws-sdk/client-bedrock-agentcore-control';

export type Plane = 'data' | 'control';

/** Where a member travels. `status` is the HTTP status code (output only); `body` is one property of a JSON body. */
export type Binding =
  | { readonly in: 'label' | 'payload' | 'body' | 'status' }
  | { readonly in: 'header' | 'query'; readonly wireName: string };

export interface MemberModel {
  readonly name: string;
  readonly required: boolean;
  readonly binding: Binding;
  /** Scalar type on the wire; `other` stands for structures, lists, documents, blobs and timestamps. */
  readonly type: 'string' | 'number' | 'boolean' | 'other';
}

export interface OperationModel {
  readonly plane: Plane;
  readonly name: string;
  readonly method: string;
  /** For example `/runtimes/{agentRuntimeArn}/invocations`. A trailing slash is part of the path. */
  readonly pathTemplate: string;
  readonly successStatus: number;
  readonly input: readonly MemberModel[];
  readonly output: readonly MemberModel[];
}

type Traits = Readonly<Record<string, unknown>>;

// First element of each schema: what kind of shape it describes.
const OPERATION_SHAPE = 9;
const STRUCTURE_SHAPE = 3;
const ERROR_SHAPE = -3;

// A number in the place of traits is a bit set, lowest bit first.
const TRAIT_BITS = [
  'httpLabel',
  'idempotent',
  'idempotencyToken',
  'sensitive',
  'httpPayload',
  'httpResponseCode',
  'httpQueryParams',
] as const;

const SCALARS = ['string', 'number', 'boolean'] as const;

/** Every HTTP operation of both SDK clients. */
export const OPERATIONS: readonly OperationModel[] = [
  ...operationsOf('data', Object.values(dataPlane)),
  ...operationsOf('control', Object.values(controlPlane)),
];

const ERROR_STATUS: ReadonlyMap<string, number> = new Map([
  ...errorsOf(Object.values(controlPlane)),
  ...errorsOf(Object.values(dataPlane)),
]);

/** HTTP status of an error that the SDK models; undefined for one it does not know. */
export function modelledStatus(errorType: string): number | undefined {
  return ERROR_STATUS.get(errorType);
}

function operationsOf(plane: Plane, exported: readonly unknown[]): OperationModel[] {
  return exported
    .filter((value) => shapeKind(value) === OPERATION_SHAPE)
    .map((value) => readOperation(plane, value as unknown[]));
}

function readOperation(plane: Plane, schema: readonly unknown[]): OperationModel {
  const [, , name, traits, input, output] = schema;
  const [method, pathTemplate, successStatus] = traitsOf(traits)['http'] as [string, string, number];
  return {
    plane,
    name: String(name),
    method,
    pathTemplate,
    successStatus,
    input: readMembers(dereference(input)),
    output: readMembers(dereference(output)),
  };
}

function readMembers(schema: unknown): MemberModel[] {
  if (!Array.isArray(schema) || schema[0] !== STRUCTURE_SHAPE) return [];
  // Required members stand first; the last element says how many they are.
  const [, , , , names, members, requiredCount = 0] = schema as [
    number,
    string,
    string,
    unknown,
    string[],
    unknown[],
    number?,
  ];
  return names.map((name, index) => {
    const [target, traits] = splitMember(members[index]);
    return { name, required: index < requiredCount, binding: bindingOf(traitsOf(traits)), type: scalarOf(target) };
  });
}

function splitMember(member: unknown): readonly [target: unknown, traits: unknown] {
  return Array.isArray(member) && member.length === 2 ? [member[0], member[1]] : [member, 0];
}

function bindingOf(traits: Traits): Binding {
  if (typeof traits['httpHeader'] === 'string') return { in: 'header', wireName: traits['httpHeader'].toLowerCase() };
  if (typeof traits['httpQuery'] === 'string') return { in: 'query', wireName: traits['httpQuery'] };
  if (traits['httpLabel']) return { in: 'label' };
  if (traits['httpPayload']) return { in: 'payload' };
  if (traits['httpResponseCode']) return { in: 'status' };
  return { in: 'body' };
}

function traitsOf(indicator: unknown): Traits {
  if (typeof indicator === 'object' && indicator !== null) return indicator as Traits;
  const bits = typeof indicator === 'number' ? indicator : 0;
  return Object.fromEntries(TRAIT_BITS.filter((_, position) => (bits >> position) & 1).map((name) => [name, 1]));
}

function scalarOf(target: unknown): MemberModel['type'] {
  const schema = dereference(target);
  const plain = Array.isArray(schema) && schema[0] === 0 ? dereference(schema[4]) : schema;
  return (typeof plain === 'number' ? SCALARS[plain] : undefined) ?? 'other';
}

function errorsOf(exported: readonly unknown[]): [string, number][] {
  return exported
    .filter((value) => shapeKind(value) === ERROR_SHAPE)
    .map((value) => value as unknown[])
    .flatMap((schema) => {
      const status = traitsOf(schema[3])['httpError'];
      return typeof status === 'number' ? [[String(schema[2]), status] as [string, number]] : [];
    });
}

function shapeKind(value: unknown): unknown {
  return Array.isArray(value) ? value[0] : undefined;
}

function dereference(reference: unknown): unknown {
  return typeof reference === 'function' ? (reference as () => unknown)() : reference;
}
