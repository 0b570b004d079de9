// Finds the place where a text stops being JSON (RFC 8259). JSON.parse decides whether it is; its messages name the place
// only for some errors and some versions of Node, and quote the text, which a log should not hold.

const SPACE = /[ \t\n\r]*/y;
const STRING = /"(?:[^"\\\n\r\t]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = new RegExp(
  String.raw`${STRING.source}|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null`,
  'y',
);

/** Offset of the first character that cannot stand where it does. Only meant for texts that JSON.parse refuses. */
export function faultOffset(text: string): number {
  let at = 0;
  const take = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  };
  const next = (pattern: RegExp): boolean => take(SPACE) && take(pattern);
  const list = (end: RegExp, item: () => boolean): boolean => {
    if (next(end)) return true;
    do if (!item()) return false;
    while (next(/,/y));
    return next(end);
  };
  const member = (): boolean => next(STRING) && next(/:/y) && value();
  const value = (): boolean => {
    if (next(/\{/y)) return list(/\}/y, member);
    return next(/\[/y) ? list(/\]/y, value) : next(SCALAR);
  };
  value();
  take(SPACE);
  return at;
}
