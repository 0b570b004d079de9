// An error where there is one line for it. Messages are clauses here and sentences there; hints are sentences.
import type { DispatchErrorJson } from '@agent-dispatch/schemas';

export const inOneLine = ({ message, hint }: Pick<DispatchErrorJson, 'message' | 'hint'>): string =>
  `${message}${/[.!?]$/.test(message) ? '' : '.'} ${hint}`;
