// How much chaos: from the environment, as README.md in the folder above documents it.

const isLong = process.env['AGENTDISPATCH_PROOF'] === 'long';

const numberOf = (name: string, { bounded, long }: { bounded: number; long: number }): number =>
  Number(process.env[name] ?? (isLong ? long : bounded));

const today = Date.now() % 100_000;

export const SETTINGS = {
  seed: numberOf('AGENTDISPATCH_CHAOS_SEED', { bounded: today, long: today }),
  /** Tasks of one run. */
  tasks: numberOf('AGENTDISPATCH_CHAOS_TASKS', { bounded: 20, long: 200 }),
  /** Dispatchers and front doors that are killed in one run, children not counted. */
  kills: numberOf('AGENTDISPATCH_CHAOS_KILLS', { bounded: 5, long: 60 }),
  /** A run whose tasks have not all ended by then reports the rest as stuck. */
  limitMs: numberOf('AGENTDISPATCH_CHAOS_LIMIT_SECONDS', { bounded: 240, long: 1800 }) * 1000,
} as const;

/** For Jest: the run, and the end of the place after it. */
export const TEST_MS = SETTINGS.limitMs + 120_000;
