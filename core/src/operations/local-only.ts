// What only the local user may ask for: whoever calls from elsewhere has no files here, and answers for no account.
import type { InputCapture } from '../capture/index.js';
import { DispatchError } from '../errors/index.js';

type Inputs = Pick<InputCapture, 'capture'>;
type Source = Parameters<Inputs['capture']>[0][number];

/** @param what a noun, as a sentence begins with it. */
export const localOnly = (what: string, pointers: readonly string[] = []): DispatchError =>
  new DispatchError('AD_POLICY_LOCAL_ONLY', `${what} is for the local user alone`, {
    ...(pointers.length > 0 && { problems: pointers.map((pointer) => ({ pointer, message: 'names a local file' })) }),
  });

/** Takes no file of this machine. Errors, besides those of the capture: AD_POLICY_LOCAL_ONLY. */
export const withoutLocalFiles = (inputs: Inputs): Inputs => ({
  capture: async (sources, at, values) => {
    const local = sources.flatMap((source, index) => (isLocal(source) ? [`${at}/${String(index)}`] : []));
    if (local.length > 0) throw localOnly('An input from the local disk', local);
    return await inputs.capture(sources, at, values);
  },
});

/** Whatever is not known to be elsewhere. */
function isLocal({ text, uri, git, file, directory }: Source): boolean {
  if (file !== undefined || directory !== undefined) return true;
  return text === undefined && ![uri, git?.repository].some((place) => place !== undefined && isHttps(place));
}

const isHttps = (place: string): boolean => /^https:\/\//i.test(place);
