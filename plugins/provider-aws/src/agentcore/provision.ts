// Makes ready what an attempt needs: the right account, always; an agent runtime, where it has none.
import type { DriverContext, DriverEvent, Handle } from '@agent-dispatch/core/provider';
import { readAccount } from '../account/account.js';
import type { AwsCalls } from './aws-calls.js';
import { dataOf } from './handle.js';
import { handoffOf } from './handoff.js';
import { makeRuntime } from './runtime/make.js';
import { reachedAccount, verifyAccount } from './verify-account.js';

export async function* provisionAttempt(
  calls: AwsCalls,
  handle: Handle,
  context: DriverContext,
): AsyncGenerator<DriverEvent> {
  const makes = dataOf(handle).made !== undefined;
  const accountId = await (makes ? reachedAccount : verifyAccount)(calls, context, handle);
  if (accountId !== undefined) yield { type: 'progress', message: `AWS account ${accountId} is reached.` };
  if (!makes) return;
  let known = handle;
  for await (const event of makeRuntime(calls, { handle, accountId }, context)) {
    if (event.type === 'handle') known = event.handle;
    yield event;
  }
  // At plan the address was not known.
  const handoff = handoffOf(known, readAccount(context.account), context.request);
  if (handoff !== undefined) yield { type: 'handoff', handoff };
}
