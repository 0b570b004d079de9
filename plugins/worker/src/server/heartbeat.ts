// Breaks the silence of a stream, so that whatever stands between us and the reader does not take it for dead.

const SILENCE_MS = 15_000;

/** The values as they come, and undefined whenever none came for so long. */
export async function* withHeartbeats<Value>(
  values: AsyncIterable<Value>,
  silenceMs = SILENCE_MS,
): AsyncGenerator<Value | undefined> {
  const iterator = values[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    for (;;) {
      const answer = await orSilence(next, silenceMs);
      if (answer?.done) return;
      yield answer?.value;
      if (answer) next = iterator.next();
    }
  } finally {
    // Not waited for: a source that is silent returns only when it is told that nobody reads.
    next.catch(() => undefined);
    iterator.return?.(undefined).catch(() => undefined);
  }
}

async function orSilence<Value>(
  next: Promise<IteratorResult<Value, unknown>>,
  silenceMs: number,
): Promise<IteratorResult<Value, undefined> | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), silenceMs);
  });
  try {
    const answer = await Promise.race([next, silence]);
    return answer?.done ? { done: true, value: undefined } : answer;
  } finally {
    clearTimeout(timer);
  }
}
