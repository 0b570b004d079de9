// What the verbs share: the clients of the context's account, and calls whose errors come out coded.
import type { DriverContext, ErrorFactory } from '@agent-dispatch/core/provider';
import type { AccountClientCache, AccountClients } from '../aws/account-clients.js';
import type { ControlPlane } from '../aws/control-plane.js';
import { codedError } from '../aws/errors.js';

type CallContext = Pick<DriverContext, 'account' | 'environment'>;
type TimedContext = CallContext & Pick<DriverContext, 'clock' | 'signal'>;

export interface CallKind {
  readonly action: string;
  /** Default false: the call may be repeated. */
  readonly beginsWork?: boolean;
  /** Default false: whoever looks for what a failed call makes can see that at once. */
  readonly mayLandLate?: boolean;
  /** What is acted on, as policies name it. */
  readonly resource?: string;
  /** ARN of the role that the call hands to the service. */
  readonly passesRole?: string;
  /** Where in CloudWatch the agent's log is. */
  readonly logGroup?: string;
}

export class AwsCalls {
  constructor(
    private readonly cache: AccountClientCache,
    readonly errors: ErrorFactory,
  ) {}

  /** Errors: AD_CONFIG_INVALID for an endpoint of the environment that cannot be used. */
  clients({ account, environment }: CallContext): AccountClients {
    try {
      return this.cache.for(account, environment);
    } catch (error) {
      throw this.errors.create('AD_CONFIG_INVALID', (error as Error).message, { cause: error });
    }
  }

  /** Runs one call. Errors: coded; `details.ambiguous` where a call that begins work, or may land late, may have its effect. */
  async call<Answer>(
    context: CallContext,
    kind: CallKind,
    run: (clients: AccountClients) => Promise<Answer>,
  ): Promise<Answer> {
    const clients = this.clients(context);
    try {
      return await run(clients);
    } catch (error) {
      throw this.coded(clients, kind, error);
    }
  }

  /** One call to the control plane, at its turn. Errors: as of `call`. */
  async control<Answer>(
    context: TimedContext,
    kind: CallKind,
    run: (control: ControlPlane) => Promise<Answer>,
  ): Promise<Answer> {
    await this.turn(context, kind);
    return this.call(context, kind, ({ control }) => run(control));
  }

  /** Resolves when the control plane may be called. Rejects when the signal aborts. */
  async turn(context: TimedContext, { action }: Pick<CallKind, 'action'>): Promise<void> {
    await this.clients(context).turns.take(action, context.clock, context.signal);
  }

  /** What a call, or the stream that it gave, failed with. */
  coded(clients: AccountClients, { beginsWork = false, ...kind }: CallKind, error: unknown): Error {
    const coded = codedError(error, { ...kind, account: clients.account, beginsWork }, this.errors);
    if ((coded as { code?: string }).code === 'AD_PROVIDER_UNAUTHENTICATED') this.cache.forget(clients);
    return coded;
  }
}
