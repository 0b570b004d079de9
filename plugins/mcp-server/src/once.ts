// Something that is asked for when it is first needed, and known from then on.

/** Asked again only after a failure. */
export function once<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let asked: Promise<Value> | undefined;
  return async () => {
    const answer = (asked ??= ask());
    try {
      return await answer;
    } catch (error) {
      if (asked === answer) asked = undefined;
      throw error;
    }
  };
}
