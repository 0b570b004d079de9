// What the fake model says: the last instruction that it is given scripts it, a line for each turn. Pure.
//   !call <tool> <arguments as JSON>   calls a tool
//   !say <text>                        ends with this text; `call` lines before it are done first
//   !fail <HTTP status>                refuses the request
//   !hang                              begins to answer, and never ends
export interface Conversation {
  readonly model: string;
  /** The last thing that the user said and that scripts something, else the last thing, whole. */
  readonly instruction: string;
  /** Results of tools since then. */
  readonly toolResults: number;
  /** Whether the request offers any tools: small side requests, such as for a title, do not. */
  readonly hasTools: boolean;
}

export type Turn =
  | { readonly kind: 'call'; readonly tool: string; readonly arguments: string; readonly text: string }
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'fail'; readonly status: number }
  | { readonly kind: 'hang' };

/** Agents put notes of their own between what the user said. */
export function placeOfInstruction(said: readonly string[]): number {
  const scripts = said.map((text) => /^!\w/m.test(text)).lastIndexOf(true);
  return scripts === -1 ? said.map((text) => text !== '').lastIndexOf(true) : scripts;
}

const LINE = /^!(call|say|fail|hang)(?: (.*))?$/gm;

export function turnOf({ instruction, toolResults, hasTools }: Conversation): Turn {
  const lines = [...instruction.matchAll(LINE)].map(([, word = '', rest = '']) => ({ word, rest }));
  if (!hasTools) return lines.find(({ word }) => word === 'fail') ? turnFrom('fail', failing(lines)) : said('A title');
  const line = lines[toolResults] ?? lines.at(-1);
  return line ? turnFrom(line.word, line.rest) : said(`heard ${instruction.length} characters`);
}

const failing = (lines: readonly { word: string; rest: string }[]): string =>
  lines.find(({ word }) => word === 'fail')?.rest ?? '500';

const said = (text: string): Turn => ({ kind: 'say', text });

function turnFrom(word: string, rest: string): Turn {
  if (word === 'say') return said(rest);
  if (word === 'fail') return { kind: 'fail', status: Number(rest) };
  if (word === 'hang') return { kind: 'hang' };
  const space = rest.indexOf(' ');
  const tool = rest.slice(0, space);
  return { kind: 'call', tool, arguments: rest.slice(space + 1), text: `I call ${tool}.` };
}
