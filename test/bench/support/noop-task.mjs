// Tasks of the no-op driver, asked for as a lead agent asks.

/** @param ends `at-once` or `never`. */
export const noopTask = (ends = 'at-once') => ({
  instruction: 'Compare the two releases and say which of them breaks callers.',
  runtime: 'noop',
  target_details: { ends },
});

/** Spawns `count` tasks with `inFlight` calls at a time, spread over the clients. Returns the answers. */
export async function spawnMany(clients, { count, inFlight, input }) {
  const answers = [];
  let begun = 0;
  const lane = async (client) => {
    while (begun < count) {
      begun += 1;
      answers.push(await client.spawn(input));
    }
  };
  await Promise.all(Array.from({ length: inFlight }, (_, index) => lane(clients[index % clients.length])));
  return answers;
}

/** Asks until `holds` of the answer, as often as every `pauseMs`. @throws after three minutes. */
export async function until(ask, holds, pauseMs = 20) {
  const limit = Date.now() + 180_000;
  for (;;) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (Date.now() > limit) throw new Error(`still ${JSON.stringify(answer)} after three minutes`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
