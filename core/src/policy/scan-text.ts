// Every secret in one text, as ordered stretches that do not overlap: shapes first, then values announced by a name.
import { scanAssignments } from './scan-assignments.js';
import { scanShapes, type SecretSpan } from './scan-shapes.js';

/** @returns the secrets in `text`, in order, overlapping ones merged under the rule of the more telling one. */
export function scanText(text: string): SecretSpan[] {
  if (text.length < 6) return [];
  return mergeSpans([...scanShapes(text), ...scanAssignments(text)]);
}

/** Merges overlapping spans; where two meet, the one that stands earlier in `spans` gives the rule. */
export function mergeSpans(spans: readonly SecretSpan[]): SecretSpan[] {
  const ranked = spans
    .map((span, rank) => ({ span, rank }))
    .sort((a, b) => a.span.start - b.span.start || a.rank - b.rank);
  const merged: { span: SecretSpan; rank: number }[] = [];
  for (const next of ranked) {
    const last = merged.at(-1);
    if (last === undefined || next.span.start >= last.span.end) merged.push(next);
    else merged[merged.length - 1] = union(last, next);
  }
  return merged.map(({ span }) => span);
}

function union(
  a: { span: SecretSpan; rank: number },
  b: { span: SecretSpan; rank: number },
): { span: SecretSpan; rank: number } {
  const telling = a.rank <= b.rank ? a : b;
  return {
    span: { start: a.span.start, end: Math.max(a.span.end, b.span.end), rule: telling.span.rule },
    rank: telling.rank,
  };
}
