// What an agent's own stream of events says, in the worker's words. One reader for each kind of stream: pure, line by line.

import type { AgentFailure } from '../agent-failure.js';

export type StreamWord =
  | { readonly type: 'message'; readonly text: string }
  /** A line of the log. */
  | { readonly type: 'log'; readonly text: string }
  | { readonly type: 'progress'; readonly message: string }
  /** The agent's own name for the conversation. */
  | { readonly type: 'session'; readonly id: string }
  /** The turn is over. Without a text, the last message is its result. */
  | { readonly type: 'end'; readonly text?: string; readonly json?: unknown; readonly failure?: AgentFailure };

export type StreamLine = Readonly<Record<string, unknown>>;

/** Empty for what tells nobody anything. */
export type StreamReader = (line: StreamLine) => readonly StreamWord[];

export const isLine = (value: unknown): value is StreamLine =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const linesIn = (value: unknown): StreamLine[] => (Array.isArray(value) ? value.filter(isLine) : []);
export const textIn = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Of a tool's arguments and output, in characters: the log tells what happens, and is no copy of every file that is read. */
const LONGEST = 4_000;
const LONGEST_PROGRESS = 200;

export const shortened = (text: string, longest = LONGEST): string =>
  text.length <= longest ? text : `${text.slice(0, longest)} [cut after ${longest} of ${text.length} characters]`;

/** A tool is called. @param detail what it is to do. */
export function toolCalled(name: string, detail: string): StreamWord[] {
  const words = detail === '' ? name : `${name}: ${detail}`;
  const [first = ''] = words.split('\n', 1);
  return [
    { type: 'log', text: shortened(words) },
    { type: 'progress', message: first.length <= LONGEST_PROGRESS ? first : `${first.slice(0, LONGEST_PROGRESS)} …` },
  ];
}

export const toolAnswered = (output: string): StreamWord[] =>
  output.trim() === '' ? [] : [{ type: 'log', text: shortened(output.trimEnd()) }];

/** A try to reach the model failed, and the agent goes on trying. */
export const retrying = (message: string): StreamWord[] => [
  { type: 'log', text: message },
  { type: 'progress', message },
];
