// What `claude -p --output-format stream-json --verbose` prints: a line for each block that is said, each answer of a tool, each
// failed try to reach the model, and the result.
import { modelFailure, type AgentFailure } from '../agent-failure.js';
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

export const readClaudeLine: StreamReader = (line) => {
  switch (line['type']) {
    case 'system':
      return system(line);
    case 'assistant':
      // The result tells the same again.
      return line['is_api_error_message'] === true ? [] : said(line);
    case 'user':
      return contentOf(line).flatMap((block) =>
        block['type'] === 'tool_result' ? toolAnswered(outputOf(block['content'])) : [],
      );
    case 'result':
      return [ended(line)];
    default:
      return [];
  }
};

function system(line: StreamLine): StreamWord[] {
  const id = textIn(line['session_id']);
  if (line['subtype'] === 'init' && id !== undefined) return [{ type: 'session', id }];
  return line['subtype'] === 'api_retry' ? retried(line) : [];
}

const contentOf = ({ message }: StreamLine): StreamLine[] => linesIn(isLine(message) ? message['content'] : undefined);

function said(line: StreamLine): StreamWord[] {
  // What a subagent says is no word of the agent to its user.
  const isOwn = typeof line['parent_tool_use_id'] !== 'string';
  return contentOf(line).flatMap((block): StreamWord[] => {
    const text = textIn(block['text']);
    if (block['type'] === 'text' && text) return [{ type: isOwn ? 'message' : 'log', text }];
    return block['type'] === 'tool_use' ? toolCalled(String(block['name']), argumentsOf(block['input'])) : [];
  });
}

/** Of most tools one argument tells what they are to do. */
function argumentsOf(input: unknown): string {
  const { command, file_path: path } = isLine(input) ? input : {};
  return textIn(command) ?? textIn(path) ?? JSON.stringify(input ?? {});
}

const outputOf = (content: unknown): string =>
  textIn(content) ??
  linesIn(content)
    .map(({ text }) => textIn(text) ?? '')
    .join('\n');

function retried({ attempt, max_retries: most, error_status: status, error }: StreamLine): StreamWord[] {
  const answer = typeof status === 'number' ? `answered ${status} (${String(error)})` : 'cannot be reached';
  return retrying(`The model's API ${answer}; trying again, ${String(attempt)} of ${String(most)}.`);
}

function ended(line: StreamLine): StreamWord {
  const { is_error: isError, result, structured_output: json } = line;
  if (isError === true) return { type: 'end', failure: failureOf(line) };
  const text = textIn(result);
  return { type: 'end', ...(text !== undefined && { text }), ...(json !== undefined && { json }) };
}

function failureOf(line: StreamLine): AgentFailure {
  const { result, errors, subtype, terminal_reason: reason, api_error_status: status } = line;
  const told = Array.isArray(errors) ? errors.map(String).join('; ') : '';
  const message = textIn(result) || told || `Claude Code ended with ${String(subtype)}.`;
  if (reason !== 'api_error') return { code: 'AGENT_FAILED', message };
  if (typeof status === 'number') return modelFailure(status, message);
  // Without a key or a login it asks nobody.
  return line['api_error'] === undefined ? { code: 'MODEL_DENIED', message } : modelFailure(undefined, message);
}
