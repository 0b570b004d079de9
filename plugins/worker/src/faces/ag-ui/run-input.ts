// What a client asks for: a RunAgentInput, checked as far as it is used. What is not known is left out, what is wrong is refused.
import { isRecord } from './record.js';
import { RunRefused } from '../../runs/run.js';

export interface RunInput {
  readonly threadId: string;
  readonly runId: string;
  readonly messages: readonly InputMessage[];
  readonly context: readonly { readonly description: string; readonly value: string }[];
  readonly state: unknown;
  readonly forwardedProps: unknown;
  readonly resume: readonly ResumeEntry[];
}

export interface InputMessage {
  readonly role: string;
  /** Of messages in parts, the text parts together. */
  readonly text: string;
}

export interface ResumeEntry {
  readonly interruptId: string;
  readonly status: 'resolved' | 'cancelled';
  readonly payload: unknown;
}

/** Errors: RunRefused `invalid`. */
export function readRunInput(body: unknown): RunInput {
  const input = recordIn(body, 'The body');
  return {
    threadId: textIn(input, 'threadId'),
    runId: textIn(input, 'runId'),
    messages: listIn(input, 'messages').map(messageIn),
    context: listIn(input, 'context', []).map((entry) => ({
      description: textIn(entry, 'description'),
      value: textIn(entry, 'value'),
    })),
    state: input['state'] ?? {},
    forwardedProps: input['forwardedProps'],
    resume: listIn(input, 'resume', []).map(entryIn),
  };
}

function messageIn(message: unknown): InputMessage {
  const { content } = recordIn(message, 'A message');
  return { role: textIn(message, 'role'), text: typeof content === 'string' ? content : partsIn(content) };
}

function partsIn(content: unknown): string {
  const parts: unknown[] = Array.isArray(content) ? content : [];
  return parts.map((part) => (isRecord(part) && typeof part['text'] === 'string' ? part['text'] : '')).join('');
}

function entryIn(entry: unknown): ResumeEntry {
  const status = textIn(entry, 'status');
  if (status !== 'resolved' && status !== 'cancelled') throw invalid('status of a resume entry is not known');
  return { interruptId: textIn(entry, 'interruptId'), status, payload: recordIn(entry, 'A resume entry')['payload'] };
}

function recordIn(value: unknown, what: string): Record<string, unknown> {
  if (isRecord(value)) return value;
  throw invalid(`${what} is no JSON object`);
}

function textIn(value: unknown, name: string): string {
  const text = recordIn(value, 'A part of the input')[name];
  if (typeof text === 'string') return text;
  throw invalid(`${name} is no text`);
}

function listIn(input: Record<string, unknown>, name: string, otherwise?: unknown[]): unknown[] {
  const list = input[name] ?? otherwise;
  if (Array.isArray(list)) return list;
  throw invalid(`${name} is no list`);
}

const invalid = (what: string): RunRefused => new RunRefused('invalid', `This is no RunAgentInput: ${what}.`);
