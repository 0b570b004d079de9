// Which optional parts a request uses, in the words of a manifest's `accepts`, and where each stands in the request.
import type { RequestPart } from '../routing/index.js';
import type { Draft } from './draft.js';

interface Part {
  pointer: string;
  value(draft: Draft): unknown;
}

export const PARTS: Record<RequestPart, Part> = {
  context: { pointer: '/input/context', value: ({ input }) => input.context },
  inputs: { pointer: '/input/inputs', value: ({ input }) => input.inputs },
  artifacts: { pointer: '/input/artifacts', value: ({ input }) => input.artifacts },
  environment: { pointer: '/input/environment', value: ({ input }) => input.environment },
  workingDirectory: { pointer: '/input/workingDirectory', value: ({ input }) => input.workingDirectory },
  shell: { pointer: '/input/shell', value: ({ input }) => input.shell },
  framework: { pointer: '/framework', value: ({ framework }) => framework },
  model: { pointer: '/model', value: ({ model }) => model },
  tools: { pointer: '/tools', value: ({ tools }) => tools },
  outputSchema: { pointer: '/input/outputSchema', value: ({ input }) => input.outputSchema },
  continueFrom: { pointer: '/continueFrom', value: ({ continueFrom }) => continueFrom },
  secrets: { pointer: '/secrets', value: ({ secrets }) => secrets },
};

/** An empty object or list, and `shell: false`, say nothing that could be dropped: they are no use. */
export function partsUsed(draft: Draft): RequestPart[] {
  const names = Object.keys(PARTS) as RequestPart[];
  return names.filter((name) => saysSomething(PARTS[name].value(draft)));
}

const saysSomething = (value: unknown): boolean =>
  typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : value !== undefined && value !== false;
