// What `codex exec --json` prints: a line for each thing that it begins and ends, and the end of its turn.
import { failureInWords } from '../agent-failure.js';
import {
  isLine,
  linesIn,
  retrying,
  textIn,
  toolAnswered,
  toolCalled,
  type StreamLine,
  type StreamReader,
  type StreamWord,
} from './stream-word.js';

const UNTOLD = 'An error of which Codex tells nothing.';

export const readCodexLine: StreamReader = ({ type, item, message, error, thread_id: id }) => {
  switch (type) {
    case 'thread.started':
      return typeof id === 'string' ? [{ type: 'session', id }] : [];
    case 'item.started':
      return isLine(item) ? begun(item) : [];
    case 'item.completed':
      return isLine(item) ? done(item) : [];
    case 'error':
      // Told before each further try; the last one comes again as the end of the turn.
      return retrying(textIn(message) ?? UNTOLD);
    case 'turn.completed':
      return [{ type: 'end' }];
    case 'turn.failed':
      return [{ type: 'end', failure: failureInWords(textIn(isLine(error) ? error['message'] : undefined) ?? UNTOLD) }];
    default:
      return [];
  }
};

function begun(item: StreamLine): StreamWord[] {
  switch (item['type']) {
    case 'command_execution':
      return toolCalled('command', String(item['command']));
    case 'mcp_tool_call':
      return toolCalled(`${String(item['server'])}.${String(item['tool'])}`, JSON.stringify(item['arguments'] ?? {}));
    default:
      return [];
  }
}

function done(item: StreamLine): StreamWord[] {
  const text = textIn(item['text']);
  switch (item['type']) {
    case 'agent_message':
      return text ? [{ type: 'message', text }] : [];
    case 'reasoning':
      return text ? [{ type: 'log', text }] : [];
    case 'command_execution':
      return [...toolAnswered(textIn(item['aggregated_output']) ?? ''), ...exitOf(item['exit_code'])];
    case 'mcp_tool_call':
      return toolAnswered(resultOf(item));
    case 'file_change':
      return toolCalled(
        'files',
        linesIn(item['changes'])
          .map(({ kind, path }) => `${String(kind)} ${String(path)}`)
          .join(', '),
      );
    case 'web_search':
      return toolCalled('web search', String(item['query']));
    case 'error':
      // Nothing that ends the turn: a warning.
      return [{ type: 'log', text: textIn(item['message']) ?? UNTOLD }];
    default:
      return [];
  }
}

const exitOf = (code: unknown): StreamWord[] =>
  typeof code === 'number' && code !== 0 ? [{ type: 'log', text: `exit code ${code}` }] : [];

function resultOf({ error, result }: StreamLine): string {
  if (isLine(error)) return String(error['message']);
  const content = linesIn(isLine(result) ? result['content'] : undefined);
  return content.map(({ text }) => textIn(text) ?? '').join('\n');
}
