// RFC 6901 pointers: how a name stands in one, and setting what one points to.

export const escapePointer = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1');

/** Sets the value at a pointer; objects on the way are made. What would reach a prototype is left alone. */
export function setAt(target: object, pointer: string, value: unknown): void {
  const names = pointer
    .split('/')
    .slice(1)
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
  const last = names.pop();
  if (last === undefined || [...names, last].includes('__proto__')) return;
  let node = target as Record<string, unknown>;
  for (const name of names) {
    const next = Object.hasOwn(node, name) ? node[name] : undefined;
    node = (typeof next === 'object' && next !== null ? next : (node[name] = {})) as Record<string, unknown>;
  }
  node[last] = value;
}
