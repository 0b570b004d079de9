// What the parts of a message or artifact hold: text as it is read, values, and files.
import { createHash } from 'node:crypto';
import type { Part } from '@a2a-js/sdk';

export interface FilePart {
  /** As the agent names it. May be empty. */
  readonly name: string;
  readonly mediaType: string;
  /** Tells it from others. */
  readonly digest: string;
  /** Its bytes, or where the agent says that they are. */
  readonly content: { readonly bytes: Buffer } | { readonly url: string };
}

export interface Content {
  /** Text parts as they are; each value as a line of JSON. Parts that follow only add to it. */
  readonly text: string;
  readonly values: readonly unknown[];
  /** Whether any of the text is not a value's. */
  readonly hasText: boolean;
  readonly files: readonly FilePart[];
}

export function contentOf(parts: readonly Part[]): Content {
  const text: string[] = [];
  const values: unknown[] = [];
  const files: FilePart[] = [];
  let hasText = false;
  for (const { content, filename: name, mediaType } of parts) {
    switch (content?.$case) {
      case 'text':
        hasText ||= content.value !== '';
        text.push(content.value);
        break;
      case 'data':
        values.push(content.value);
        text.push(`${JSON.stringify(content.value)}\n`);
        break;
      case 'raw':
        files.push({ name, mediaType, digest: digestOf(content.value), content: { bytes: content.value } });
        break;
      case 'url':
        files.push({ name, mediaType, digest: digestOf(content.value), content: { url: content.value } });
        break;
      case undefined:
      default:
      // A kind of part that is not known yet says nothing that could be told.
    }
  }
  return { text: text.join(''), values, hasText, files };
}

const digestOf = (content: string | Buffer): string => createHash('sha256').update(content).digest('base64url');
