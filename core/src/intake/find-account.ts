// Looks up the account profile of a request and makes sure that it is one of the provider meant.
import { nearest, type Config, type ConfigAccount } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import type { Call } from './call.js';
import type { Draft } from './draft.js';
import { lookUp } from './json.js';
import type { ChosenRuntime } from './runtime-profile.js';

/** Errors: AD_ROUTE_UNKNOWN_ACCOUNT, AD_ROUTE_ACCOUNT_MISMATCH. */
export function findAccount(
  call: Call,
  draft: Draft,
  config: Config,
  runtime: ChosenRuntime | undefined,
): ConfigAccount {
  const account = lookUp(config.accounts, draft.account) ?? unknownAccount(call, draft.account, config);
  if (draft.provider !== undefined && draft.provider !== account.provider) {
    const meant = nearest(draft.provider, [account.provider]);
    throw mismatch(draft.account, account, `"${draft.provider}"`, {
      pointer: call.pointerTo('/provider'),
      message: `is not the provider of account profile "${draft.account}"`,
      ...(meant !== undefined && { hint: `did you mean "${meant}"?` }),
    });
  }
  const configured = lookUp(config.accounts, runtime?.profile.account ?? draft.account);
  if (runtime !== undefined && configured !== undefined && configured.provider !== account.provider)
    throw mismatch(draft.account, account, `"${configured.provider}" of runtime "${runtime.name}"`, {
      pointer: call.pointerTo('/account'),
      message: `belongs to provider "${account.provider}"`,
    });
  return account;
}

function unknownAccount(call: Call, name: string, config: Config): never {
  const names = Object.keys(config.accounts ?? {});
  const meant = nearest(name, names);
  const known = names.length === 0 ? 'none is configured' : `configured are ${names.join(', ')}`;
  throw new DispatchError('AD_ROUTE_UNKNOWN_ACCOUNT', `There is no account profile "${name}"; ${known}.`, {
    ...(meant !== undefined && { hint: `Did you mean "${meant}"? Call list_runtimes to see all.` }),
    problems: [
      {
        pointer: call.originOf('/account'),
        message: `names account profile "${name}", which is not configured`,
        ...(meant !== undefined && { hint: `did you mean "${meant}"?` }),
      },
    ],
    details: { accounts: names },
  });
}

function mismatch(
  name: string,
  account: ConfigAccount,
  other: string,
  problem: { pointer: string; message: string; hint?: string },
): DispatchError {
  const message = `Account profile "${name}" belongs to provider "${account.provider}", not to ${other}.`;
  return new DispatchError('AD_ROUTE_ACCOUNT_MISMATCH', message, { problems: [problem] });
}
