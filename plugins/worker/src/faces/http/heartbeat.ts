// Breaks the silence of a stream, so that whatever stands between us and the reader does not take it for dead.

const SILENCE_MS = 15_000;

/** The values as they come, and undefined whenever none came for so long. */
export async function* withHeartbeats<Value>(
  values: AsyncIterable<Value>,
  silenceMs = SILENCE_MS,
): AsyncGenerator<Value | undefined> {
  const iterator = values[Symbol.asyncIterator]();
  let next = iterator.next();
  for (;;) {
    const answer = await orSilence(next, silenceMs);
    if (answer === undefined) yield undefined;
    else if (answer.done) return;
    else {
      yield answer.value;
      next = iterator.next();
    }
  }
}

async function orSilence<Value>(
  next: Promise<IteratorResult<Value>>,
  silenceMs: number,
): Promise<IteratorResult<Value> | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), silenceMs);
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    clearTimeout(timer);
  }
}
