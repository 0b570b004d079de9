// What the place of a value in a JSON document says about it: the name of its member, of the list it stands in, of the
// flag before it in a command line, or of the `name` beside its `value`. Shared by detection and redaction.
import { classifyKey, type KeyClass } from './credential-keys.js';

/** Why a string at this place would be a secret if it looked like one. */
export interface SecretContext {
  readonly keyClass: KeyClass;
  readonly rule: 'key-name' | 'command-flag' | 'kubernetes-secret';
  /** True when members of an object at this place are announced too: `passwords: {alice: ...}`. */
  readonly reachesMembers: boolean;
}

type JsonObject = Readonly<Record<string, unknown>>;

const NAME_MEMBERS = ['name', 'Name', 'key', 'Key', 'variable', 'field'];
const VALUE_MEMBERS = new Set(['value', 'Value', 'plaintext', 'plainText', 'plain', 'raw', 'text', 'default']);
const MAPS_OF_SECRETS = /(?:secrets|passwords)$/i;

/** @returns what announces the member `name` of `holder`, whose own place has the context `outer`. */
export function contextOfMember(
  holder: JsonObject,
  name: string,
  outer: SecretContext | undefined,
): SecretContext | undefined {
  const own = namedContext(name);
  if (own !== undefined) return own;
  if (VALUE_MEMBERS.has(name)) return pairedContext(holder) ?? (outer && { ...outer, reachesMembers: false });
  if (holder.kind === 'Secret' && (name === 'data' || name === 'stringData')) {
    return { keyClass: 'generated', rule: 'kubernetes-secret', reachesMembers: true };
  }
  return outer?.reachesMembers === true ? { ...outer, reachesMembers: false } : undefined;
}

/** @returns what announces item `index` of `list`, whose own place has the context `outer`. */
export function contextOfItem(
  list: readonly unknown[],
  index: number,
  outer: SecretContext | undefined,
): SecretContext | undefined {
  const before = index > 0 ? list[index - 1] : undefined;
  if (typeof before !== 'string' || !before.startsWith('-') || before.includes('=')) return outer;
  const keyClass = classifyKey(before);
  return keyClass === undefined ? outer : { keyClass, rule: 'command-flag', reachesMembers: false };
}

function namedContext(name: string): SecretContext | undefined {
  const keyClass = classifyKey(name);
  return keyClass && { keyClass, rule: 'key-name', reachesMembers: MAPS_OF_SECRETS.test(name) };
}

function pairedContext(holder: JsonObject): SecretContext | undefined {
  for (const member of NAME_MEMBERS) {
    const name = holder[member];
    const context = typeof name === 'string' ? namedContext(name) : undefined;
    if (context !== undefined) return { ...context, reachesMembers: false };
  }
  return undefined;
}
