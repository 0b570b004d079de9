// Why an agent failed, by its own word: because of the model behind it, or because of anything else. Pure.

export interface AgentFailure {
  readonly code: 'MODEL_DENIED' | 'MODEL_UNAVAILABLE' | 'AGENT_FAILED';
  readonly message: string;
}

/** @param status of the model's HTTP answer; undefined when it gave none. */
export function modelFailure(status: number | undefined, message: string): AgentFailure {
  if (status === 401 || status === 403) return { code: 'MODEL_DENIED', message };
  const isTransient = status === undefined || status === 408 || status === 429 || status >= 500;
  return { code: isTransient ? 'MODEL_UNAVAILABLE' : 'AGENT_FAILED', message };
}

/** How codex and openclaw speak of the model's answer, which they tell in words alone. */
const ANSWERED = /unexpected status (\d{3}) |request failed \([^)]*HTTP (\d{3})\)/;
const KEYLESS = /Missing environment variable|No API key found/;
const UNREACHABLE = /error sending request|stream disconnected|LLM request failed|AI service is temporarily overloaded/;

export function failureInWords(message: string): AgentFailure {
  const [, inCodex, inOpenClaw] = ANSWERED.exec(message) ?? [];
  const status = inCodex ?? inOpenClaw;
  if (status !== undefined) return modelFailure(Number(status), message);
  if (KEYLESS.test(message)) return { code: 'MODEL_DENIED', message };
  return UNREACHABLE.test(message) ? modelFailure(undefined, message) : { code: 'AGENT_FAILED', message };
}
