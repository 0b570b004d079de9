// One request to the fake cloud, with the faults that the task ordered, and what its answer means in the host's codes.
import { readDetails } from './details.mjs';

const CODES = {
  400: 'AD_PROVIDER_INVALID_REQUEST',
  401: 'AD_PROVIDER_UNAUTHENTICATED',
  403: 'AD_PROVIDER_DENIED',
  404: 'AD_PROVIDER_NOT_FOUND',
  409: 'AD_PROVIDER_CONFLICT',
  429: 'AD_PROVIDER_THROTTLED',
  502: 'AD_PROVIDER_UNAVAILABLE',
  503: 'AD_PROVIDER_UNAVAILABLE',
};
/** Answered by whoever stands before the cloud: the request may have gone through. */
const UNSURE = 500;

/**
 * @returns the answer when it is fine, or has one of the `expected` statuses.
 * Errors: a coded one for every other answer, ambiguous where a 5xx leaves the effect open; fetch's own without an answer.
 */
export async function call(errors, context, { method, path, body, expected = [] }) {
  const response = await fetch(`${context.account.settings.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...headersOf(errors, context) },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: context.signal,
  });
  if (response.ok || expected.includes(response.status)) return response;
  await response.body?.cancel();
  const ambiguous = response.status >= UNSURE;
  throw errors.create(
    CODES[response.status] ?? 'AD_PROVIDER_INTERNAL',
    `${method} ${path} was answered with ${response.status}`,
    ambiguous ? { details: { ambiguous } } : {},
  );
}

/** Outside of a task (sweep) there are no faults to order. */
function headersOf(errors, { installationId, taskId = '', attempt = 0, request }) {
  const faults = request === undefined ? [] : readDetails(errors, request).faults;
  return {
    'x-attempt': JSON.stringify({ installationId, taskId, attempt }),
    'x-faults': JSON.stringify(faults),
    'x-host-pid': String(process.pid),
  };
}
