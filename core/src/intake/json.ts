// Shapes of plain JSON that intake works on before types are known.

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

export type JsonObject = Record<string, unknown>;

/** The object without members that are undefined: a request is stored and hashed as JSON. */
export const withoutAbsent = <Shape extends object>(shape: Shape): Shape =>
  Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as Shape;

/** A member of a map whose names come from outside: nothing inherited is ever found. */
export const lookUp = <Value>(map: Readonly<Record<string, Value>> | undefined, name: string): Value | undefined =>
  map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined;
