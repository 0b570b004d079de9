// What crosses the plugin boundary is JSON: it must come out of a round trip as it went in.
import assert from 'node:assert/strict';

/** The value as it arrives on the other side. @throws when something of it would be lost on the way. */
export function crossed<Value>(value: Value, what: string): Value {
  assertJson(value, what, []);
  return JSON.parse(JSON.stringify(value)) as Value;
}

/** Absent and undefined members are the same. */
function assertJson(value: unknown, path: string, around: readonly unknown[]): void {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return;
    case 'number':
      return assert(Number.isFinite(value), `${path} is no number that JSON has`);
    case 'object': {
      if (value === null) return;
      assert(!around.includes(value), `${path} contains itself`);
      // Not by Object itself: a plugin's objects may come from another realm.
      const prototype = Object.getPrototypeOf(value) as object | null;
      const isPlain = prototype === null || Array.isArray(value) || Object.getPrototypeOf(prototype) === null;
      assert(isPlain, `${path} is neither a plain object nor an array`);
      for (const [key, member] of Object.entries(value)) {
        if (member !== undefined) assertJson(member, `${path}/${key}`, [...around, value]);
      }
      return;
    }
    default:
      assert.fail(`${path} is a ${typeof value}, which JSON does not have`);
  }
}
