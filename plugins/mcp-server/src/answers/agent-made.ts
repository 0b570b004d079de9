// Which parts of an answer come from agents and their clouds: data that a model must not take for instructions.

/** Properties that hold such text, in an answer or in one task of it. */
const AGENT_MADE = ['result', 'artifacts', 'entries', 'events', 'input_requests', 'progress'];
/** Lists of tasks. */
const TASKS = ['done', 'attention', 'pending', 'tasks'];

/** Names of the parts, such as `done[].result`; empty when there are none. */
export function agentMade(answer: object): string[] {
  const inTasks = TASKS.flatMap((list) => {
    const tasks = partOf(answer, list);
    if (!Array.isArray(tasks)) return [];
    const places = tasks.flatMap((task: unknown) => (isObject(task) ? placesIn(task) : []));
    return [...new Set(places)].map((place) => `${list}[].${place}`);
  });
  return [...placesIn(answer), ...inTasks];
}

function placesIn(answer: object): string[] {
  const error = partOf(answer, 'error');
  return [
    ...AGENT_MADE.filter((name) => isThere(partOf(answer, name))),
    ...(isObject(error) && partOf(error, 'fault') === 'provider' ? ['error.message'] : []),
  ];
}

const partOf = (value: object, name: string): unknown => (value as Record<string, unknown>)[name];

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

const isThere = (value: unknown): boolean => value !== undefined && !(Array.isArray(value) && value.length === 0);
