// Whether a JSON value of an agent can be kept and written by functions that walk it whole.
import { isRecord } from '../../config/record.js';

/** Deeper than any agent needs, and no danger to a stack. */
const MAX_DEPTH = 200;

/**
 * @param characters at least so many does the value have as JSON when it does not fit; default no limit. The walk goes no
 * further: parts of the value may be shared many times over.
 */
export function fits(value: unknown, { characters = Infinity }: { characters?: number }): boolean {
  let left = characters;
  const open: [node: unknown, depth: number][] = [[value, 0]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, depth] = next;
    left -= typeof node === 'string' ? node.length + 2 : 1;
    if (left < 0 || depth > MAX_DEPTH) return false;
    if (Array.isArray(node)) {
      for (const inner of node) open.push([inner, depth + 1]);
    } else if (isRecord(node)) {
      for (const [name, inner] of Object.entries(node)) {
        left -= name.length + 3;
        open.push([inner, depth + 1]);
      }
    }
  }
  return true;
}
