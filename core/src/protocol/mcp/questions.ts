// Questions that the server asks by elicitation, and what of an answer's text becomes the form that it wants.
import type { InputRequest } from '@agent-dispatch/schemas';
import { isRecord } from '../../config/record.js';
import { DispatchError, isDispatchError } from '../../errors/index.js';
import type { DriverContext, DriverEvent } from '../../provider/index.js';
import type { Mailbox } from '../mailbox/mailbox.js';
import type { McpLimits } from './limits.js';

export interface Elicited {
  action: 'accept';
  content: Record<string, string | number | boolean | string[]>;
}

export class Questions {
  #asked = 0;

  /** @param signal aborts when nobody follows the task any more. */
  constructor(
    private readonly mailbox: Mailbox,
    private readonly context: DriverContext,
    private readonly options: { limits: McpLimits; signal: AbortSignal; tell: (event: DriverEvent) => void },
  ) {}

  /** Resolves with the first answer that fits. Errors: the signal's reason; those of the mailbox. */
  async ask(params: unknown): Promise<Elicited> {
    this.#asked += 1;
    const { tell, signal } = this.options;
    const fields = isRecord(params) ? params : {};
    const schema = isRecord(fields['requestedSchema']) ? fields['requestedSchema'] : {};
    const request = this.#request(fields, schema);
    const { requestId } = request;
    let isTold = false;
    for (;;) {
      try {
        const answer = this.mailbox.answer(this.context, requestId, signal, async ({ text }) =>
          contentOf(schema, text),
        );
        if (!isTold) tell({ type: 'input_required', request });
        isTold = true;
        const content = await answer;
        tell({ type: 'input_received', requestId });
        return { action: 'accept', content };
      } catch (error) {
        // One that does not fit is rejected, and the question stays open.
        if (!isDispatchError(error) || error.code !== 'AD_INPUT_INVALID') throw error;
      }
    }
  }

  #request({ message, url }: Record<string, unknown>, schema: Record<string, unknown>): InputRequest {
    const { redactor } = this.context;
    const { questionBytes } = this.options.limits;
    const text = [message, url].filter((part) => typeof part === 'string').join('\n');
    const question = redactor.text(text).slice(0, questionBytes / 6);
    const shown = Buffer.byteLength(JSON.stringify(schema)) < questionBytes / 2 && isRecord(schema['properties']);
    return { requestId: `question-${this.#asked}`, question, ...(shown && { schema }) };
  }
}

/** Errors: AD_INPUT_INVALID (caller). */
export function contentOf(schema: Record<string, unknown>, text: string): Elicited['content'] {
  const properties = isRecord(schema['properties']) ? schema['properties'] : {};
  const names = Object.keys(properties);
  const required: unknown[] = Array.isArray(schema['required']) ? schema['required'] : [];
  const value = parsedLoosely(text);
  if (isRecord(value) && required.every((name) => Object.hasOwn(value, String(name)))) {
    return value as Elicited['content'];
  }
  const [only, ...others] = names;
  if (only === undefined) return {};
  if (others.length > 0) {
    throw invalid(`The answer must be a JSON object with ${names.join(', ')}, as the question's schema says.`);
  }
  return { [only]: fieldOf(properties[only], text, value) };
}

function fieldOf(schema: unknown, text: string, value: unknown): string | number | boolean | string[] {
  const type = isRecord(schema) ? schema['type'] : undefined;
  if (type === undefined || type === 'string') return text;
  const isNumber = typeof value === 'number' && (type === 'number' || (type === 'integer' && Number.isInteger(value)));
  if (isNumber) return value;
  if (type === 'boolean' && typeof value === 'boolean') return value;
  if (type === 'array' && Array.isArray(value)) return value as string[];
  throw invalid('The answer must be JSON of the type that its schema names.');
}

function parsedLoosely(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

const invalid = (message: string): DispatchError => new DispatchError('AD_INPUT_INVALID', message);
