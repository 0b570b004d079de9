import { describe, expect, it } from '@jest/globals';
import type { CallToolResult } from '@modelcontextprotocol/client';
import type { DriverEvent } from '../../provider/index.js';
import { LIMITS, type McpLimits } from './limits.js';
import { resultEvents } from './result.js';

const BASE64 = Buffer.from('hello').toString('base64');

const eventsOf = (result: CallToolResult, limits: Partial<McpLimits> = {}): DriverEvent[] => [
  ...resultEvents(result, { ...LIMITS, ...limits }, { redactor: { text: (text) => text.replaceAll('s3cret', '***') } }),
];
const filesOf = (events: DriverEvent[]): unknown[] =>
  events.flatMap((event) => (event.type === 'artifact' ? [event.artifact] : []));
const resource = (uri: string, more: object = {}): CallToolResult['content'][number] => ({
  type: 'resource',
  resource: { uri, blob: BASE64, ...more },
});

describe('a result', () => {
  it('is its text, which is logged, too', () => {
    const content = ['one', 'two'].map((text) => ({ type: 'text' as const, text }));
    expect(eventsOf({ content })).toEqual([
      { type: 'log', stream: 'agent', text: 'one\ntwo' },
      { type: 'ended', outcome: 'succeeded', result: { text: 'one\ntwo' } },
    ]);
  });

  it('is its structured content where it has some', () => {
    const events = eventsOf({ content: [{ type: 'text', text: '{"a":1}' }], structuredContent: { a: 1 } });
    expect(events.at(-1)).toEqual({ type: 'ended', outcome: 'succeeded', result: { json: { a: 1 } } });
  });

  it('may be nothing', () => {
    expect(eventsOf({ content: [] })).toEqual([{ type: 'ended', outcome: 'succeeded' }]);
  });

  it('is a failure with the words of the agent, without secrets', () => {
    const end = eventsOf({ isError: true, content: [{ type: 'text', text: 'key s3cret was refused' }] }).at(-1);
    expect(end).toMatchObject({
      outcome: 'failed',
      error: { code: 'AD_PROTOCOL_AGENT_ERROR', message: 'key *** was refused' },
    });
  });
});

describe('its files', () => {
  it('are images, sound and embedded resources, by their names', () => {
    const content: CallToolResult['content'] = [
      { type: 'text', text: 'see' },
      { type: 'image', data: BASE64, mimeType: 'image/png' },
      { type: 'audio', data: BASE64, mimeType: 'audio/mpeg' },
      resource('file:///out/report%20one.bin', { mimeType: 'application/pdf' }),
      { type: 'resource', resource: { uri: 'note:today', text: 'Grüße' } },
    ];
    const content64 = { base64: BASE64 };
    expect(filesOf(eventsOf({ content }))).toEqual([
      { name: 'image-2.png', mediaType: 'image/png', content: content64 },
      { name: 'audio-3.mpeg', mediaType: 'audio/mpeg', content: content64 },
      { name: 'out/report one.bin', mediaType: 'application/pdf', content: content64 },
      { name: 'today', content: { text: 'Grüße' } },
    ]);
  });

  it.each([
    ['leave no directory', 'file:///../../etc/passwd', 'etc/passwd'],
    ['leave none by encoded dots', 'file:///%2e%2e/%2e%2e/x', 'x'],
    ['have no backslashes', 'file:///a%5c..%5cb', 'a/b'],
    ['keep an encoding that is none', 'x:%zz', '%zz'],
    ['have a name where the address has none', 'https://example.org/', 'resource-1'],
    ['hold no control characters', 'x:a%00b%0ac', 'abc'],
  ])('%s', (_title, uri, name) => {
    expect(filesOf(eventsOf({ content: [resource(uri)] }))).toEqual([expect.objectContaining({ name })]);
  });

  it('of one name are kept apart', () => {
    const names = filesOf(eventsOf({ content: [resource('a:x'), resource('b:x'), resource('c:x')] }));
    expect(names.map((file) => (file as { name: string }).name)).toEqual(['x', 'x-2', 'x-3']);
  });

  it.each([
    ['number', { files: 1 }],
    ['size', { fileBytes: 9 }],
  ])('beyond their %s are left out, and the log says so', (_title, limits) => {
    const events = eventsOf({ content: [resource('a:x'), resource('a:y')] }, limits);
    expect(filesOf(events)).toHaveLength(1);
    expect(events.find(({ type }) => type === 'log')).toMatchObject({
      stream: 'system',
      text: expect.stringContaining('1 files of the agent are left out'),
    });
  });

  it('that are only named are not fetched, and the log says so', () => {
    const events = eventsOf({ content: [{ type: 'resource_link', uri: 'https://example.org/big', name: 'big' }] });
    expect(filesOf(events)).toEqual([]);
    expect(events[0]).toMatchObject({
      type: 'log',
      stream: 'system',
      text: expect.stringContaining('example.org/big'),
    });
  });
});
