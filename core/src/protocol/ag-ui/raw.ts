// The protocol's own event beside a message, no larger than a record should hold.

/** The value itself, or `{ cut }` with the beginning of its JSON. */
export function cappedRaw(raw: unknown, maxBytes: number): unknown {
  const json = JSON.stringify(raw) ?? 'null';
  if (Buffer.byteLength(json) <= maxBytes) return raw;
  // A character has three bytes at most, and is escaped once more.
  return { cut: json.slice(0, Math.floor(maxBytes / 4)) };
}
