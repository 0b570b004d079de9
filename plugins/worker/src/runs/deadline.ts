// Tells when a point in time has passed. Timers stand still while a machine sleeps, so the wall clock is asked again and again.
const LONGEST_TIMER_MS = 15_000;

/** @param at epoch milliseconds; undefined is never. Returns what ends the watch. */
export function watchDeadline(at: number | undefined, passed: () => void): () => void {
  if (at === undefined) return () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const look = (): void => {
    const left = at - Date.now();
    if (left <= 0) passed();
    else timer = setTimeout(look, Math.min(left, LONGEST_TIMER_MS));
  };
  look();
  return () => clearTimeout(timer);
}
