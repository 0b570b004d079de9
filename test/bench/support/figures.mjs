// What every benchmark does with its samples: milliseconds in, rounded figures out, one JSON object a line.
import { performance } from 'node:perf_hooks';

export async function timed(work) {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** @param share 0.5 is the median. */
export function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}

export const median = (values) => quantile(values, 0.5);

export const spread = (values) => ({
  p50: round(median(values)),
  p99: round(quantile(values, 0.99)),
  worst: round(Math.max(...values)),
  samples: values.length,
});

/** Three significant digits are more than these machines repeat. */
export const round = (value) => Number(value.toPrecision(3));

/** @param figure `name`, `value` with its `unit`, `bar`, `withinBar`, and what explains them. */
export function report(figure) {
  console.log(JSON.stringify({ ...figure, node: process.version }));
}

/** The numbers among the arguments, else `defaults`. */
export function numbersAsked(...defaults) {
  const asked = process.argv.slice(2).map(Number).filter(Number.isFinite);
  return defaults.map((fallback, index) => asked[index] ?? fallback);
}

/** Quick runs have fewer samples: for trying things out, not for figures to be told. */
export const isQuick = process.argv.includes('--quick');
