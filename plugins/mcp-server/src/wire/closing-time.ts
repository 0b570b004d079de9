// Bounds what is done at the end: some clients kill a server two seconds after they asked it to go.

const CLOSING_TIME_MS = 1500;

/** Resolves with the work, or without it when it takes too long. Errors: those of the work, when it fails in time. */
export async function withinClosingTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, CLOSING_TIME_MS);
  });
  await Promise.race([work, late]).finally(() => clearTimeout(timer));
}
