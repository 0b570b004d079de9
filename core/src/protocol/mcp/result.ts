// What a tool's result is to the task: its text in the log and as the result, its files as artifacts, and how the work ended.
import type { CallToolResult } from '@modelcontextprotocol/client';
import { DispatchError } from '../../errors/index.js';
import type { DriverArtifact, DriverContext, DriverEvent, DriverResult, EndedEvent } from '../../provider/index.js';
import { asDriverError } from '../http/http-driver.js';
import { Transcript } from '../http/transcript.js';
import type { McpLimits } from './limits.js';
import { logged } from './notices.js';

type Content = CallToolResult['content'][number];

const MAX_MESSAGE = 4000;
const MAX_NAME = 1024;

/** The last events of the task. */
export function* resultEvents(
  result: CallToolResult,
  limits: McpLimits,
  context: Pick<DriverContext, 'redactor'>,
): Generator<DriverEvent> {
  const text = result.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
  if (result.isError === true) {
    const message = text === '' ? 'The agent failed, and did not say why.' : text.slice(0, MAX_MESSAGE);
    yield* logged(text);
    yield failed(new DispatchError('AD_PROTOCOL_AGENT_ERROR', message), context);
    return;
  }
  yield* logged(text);
  yield* filesIn(result.content, limits);
  const value = resultOf(result, text, limits);
  yield { type: 'ended', outcome: 'succeeded', ...(value && { result: value }) };
}

export const failed = (error: DispatchError, { redactor }: Pick<DriverContext, 'redactor'>): EndedEvent => ({
  type: 'ended',
  outcome: 'failed',
  error: asDriverError(error, redactor),
});

function resultOf({ structuredContent }: CallToolResult, text: string, limits: McpLimits): DriverResult | undefined {
  if (structuredContent !== undefined) return { json: structuredContent };
  const transcript = new Transcript(limits);
  if (text !== '') transcript.add({ text, form: 'piece' });
  return transcript.result;
}

function* filesIn(content: readonly Content[], { files, fileBytes }: McpLimits): Generator<DriverEvent> {
  const names = new Set<string>();
  let room = fileBytes;
  let leftOut = 0;
  for (const [index, part] of content.entries()) {
    if (part.type === 'resource_link') yield note(`The agent names ${part.uri}, which is not fetched.`);
    const file = fileIn(part, index + 1);
    if (file === undefined) continue;
    const size = sizeOf(file);
    if (names.size >= files || size > room) {
      leftOut += 1;
      continue;
    }
    room -= size;
    yield { type: 'artifact', artifact: { ...file, name: unused(file.name, names) } };
  }
  const most = `${files} with ${fileBytes} bytes together are taken from a result`;
  if (leftOut > 0) yield note(`${leftOut} files of the agent are left out: ${most}.`);
}

function fileIn(part: Content, number: number): DriverArtifact | undefined {
  switch (part.type) {
    case 'image':
    case 'audio': {
      const extension = /\/([\w-]{1,20})/.exec(part.mimeType)?.[1] ?? 'bin';
      return { name: `${part.type}-${number}.${extension}`, mediaType: part.mimeType, content: { base64: part.data } };
    }
    case 'resource': {
      const { resource } = part;
      const { uri, mimeType } = resource;
      const content = 'blob' in resource ? { base64: resource.blob } : { text: resource.text };
      return { name: nameIn(uri, number), ...(mimeType !== undefined && { mediaType: mimeType }), content };
    }
    default:
      return undefined;
  }
}

/** The path of the address, as far as it is one. */
function nameIn(uri: string, number: number): string {
  const [, path = ''] = /^[a-z][a-z\d+.-]*:(?:\/\/[^/?#]*)?([^?#]*)/i.exec(uri) ?? [];
  const parts = decoded(path)
    .split(/[/\\]/)
    .filter((part) => part !== '' && part !== '.' && part !== '..');
  const name = parts.join('/').replace(/\p{Cc}/gu, '');
  return name === '' ? `resource-${number}` : name.slice(-(MAX_NAME - 10));
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function unused(name: string, names: Set<string>): string {
  let free = name;
  for (let copy = 2; names.has(free); copy += 1) free = `${name}-${copy}`;
  names.add(free);
  return free;
}

const sizeOf = ({ content }: DriverArtifact): number => {
  if ('base64' in content) return Math.floor((content.base64.length * 3) / 4);
  return 'text' in content ? Buffer.byteLength(content.text) : 0;
};

const note = (text: string): DriverEvent => ({ type: 'log', stream: 'system', text: `${text.slice(0, 4000)}\n` });
