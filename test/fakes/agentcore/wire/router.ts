// Finds the operation that a method and a raw path name, by the path templates of the service model.
// Paths stay percent-encoded until a label is taken out of them: an ARN travels as one encoded segment.
import { OPERATIONS, type OperationModel, type Plane } from './service-model.js';

export interface Route {
  readonly operation: OperationModel;
  readonly labels: Readonly<Record<string, string>>;
}

export interface Place {
  /** Undefined when the address carries no region: the credential scope names it then. */
  readonly region: string | undefined;
  /** Undefined when the address serves both planes. */
  readonly plane: Plane | undefined;
  /** The path below the prefix, as the SDK's templates write it. */
  readonly path: string;
}

/** Takes `/{region}[/data|/control]` off the front of a path. */
export function locate(rawPath: string, regions: readonly string[]): Place {
  const [, first = '', second = ''] = rawPath.split('/');
  if (!regions.includes(first)) return { region: undefined, plane: undefined, path: rawPath };
  const plane = second === 'data' || second === 'control' ? second : undefined;
  const prefix = plane === undefined ? `/${first}` : `/${first}/${plane}`;
  return { region: first, plane, path: rawPath.slice(prefix.length) };
}

/** The first operation that fits; undefined when none does. */
export function findRoute(method: string, place: Place): Route | undefined {
  for (const operation of OPERATIONS) {
    if (operation.method !== method) continue;
    if (place.plane !== undefined && operation.plane !== place.plane) continue;
    const labels = matchTemplate(operation.pathTemplate, place.path);
    if (labels !== undefined) return { operation, labels };
  }
  return undefined;
}

function matchTemplate(template: string, path: string): Record<string, string> | undefined {
  const wanted = template.split('/');
  const given = path.split('/');
  if (wanted.length !== given.length) return undefined;
  const labels: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    const value = given[index] ?? '';
    if (!segment.startsWith('{')) {
      if (segment !== value) return undefined;
      continue;
    }
    const decoded = decodeSegment(value);
    if (decoded === undefined || decoded === '') return undefined;
    labels[segment.slice(1, -1)] = decoded;
  }
  return labels;
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    // A malformed escape names no resource: the caller gets "unknown operation".
    return undefined;
  }
}
