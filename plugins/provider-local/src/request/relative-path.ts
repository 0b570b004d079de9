// Paths of a request that must stay inside their directory, as far as that can be told from the text. Pure.
import type { DispatchRequest } from '@agent-dispatch/core/provider';
import { staysInside } from '@agent-dispatch/worker';
import { UnusableRequest } from '../failures.js';

/** Links are looked at later, when the files are there. */
export function checkPaths({ workingDirectory, inputs = [], artifacts = [] }: DispatchRequest['input']): void {
  const paths: [string, string][] = [
    ...(workingDirectory === undefined ? [] : [['/input/workingDirectory', workingDirectory] as [string, string]]),
    ...inputs.map(({ path }, index): [string, string] => [`/input/inputs/${index}/path`, path]),
    ...artifacts.map((pattern, index): [string, string] => [`/input/artifacts/${index}`, pattern]),
  ];
  for (const [pointer, path] of paths) {
    if (!staysInside(path)) {
      throw new UnusableRequest('AD_INPUT_INVALID', pointer, 'The path is absolute or leaves its directory.');
    }
  }
}
