// Turns a stream of numbered lines into events. The cloud may send a line twice or leave some out; the number tells.

/**
 * @param after number of the last event that was taken.
 * Ends without an `ended` event when the connection breaks: the host counts that as a broken connection.
 */
export async function* follow(response, after, signal) {
  let last = after;
  try {
    for await (const line of lines(response.body)) {
      const { n, ...event } = JSON.parse(line);
      if (n <= last) continue;
      if (n > last + 1) yield { type: 'gap', from: String(last), to: String(n - 1), cursor: String(n - 1) };
      last = n;
      yield { ...event, cursor: String(n) };
      if (event.type === 'ended') return;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function* lines(body) {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    const parts = (rest + decoder.decode(bytes, { stream: true })).split('\n');
    rest = parts.pop();
    yield* parts;
  }
}

/** The cursor that `follow` gave; 0 when there was none. */
export const placeOf = ({ cursor }) => (/^\d{1,9}$/.test(cursor ?? '') ? Number(cursor) : 0);
