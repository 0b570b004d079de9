// A question of a run as an interrupt. Its id says which run asks and where, so that the answer finds it without anything kept
// between the two.
import type { Interrupt } from '@ag-ui/core';
import type { InputRequest } from '@agent-dispatch/schemas';

/** Where an answered run goes on. */
export interface AskedAt {
  readonly invocationId: string;
  /** Of the event that asked. */
  readonly seq: number;
  readonly requestId: string;
}

export const interruptOf = (
  { invocationId, seq }: Omit<AskedAt, 'requestId'>,
  { requestId, question, schema }: InputRequest,
): Interrupt => ({
  id: `${invocationId}.${seq}.${requestId}`,
  reason: 'input_required',
  message: question,
  ...(schema && { responseSchema: schema }),
});

/** Undefined for an id that is not of this worker's making. */
export function askedAt(interruptId: string): AskedAt | undefined {
  const [, invocationId = '', seq = '', requestId = ''] = /^([\w-]+)\.(\d{1,15})\.(.+)$/s.exec(interruptId) ?? [];
  return requestId === '' ? undefined : { invocationId, seq: Number(seq), requestId };
}
