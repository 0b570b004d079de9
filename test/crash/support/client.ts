// A front door of one dispatcher: the same messages as any other, but it never starts a dispatcher itself, and takes the
// dispatcher's death for an answer.
import { readFileSync } from 'node:fs';
import { configOf, lookForDispatcher, ownHello, sayHello, type ConnectOptions } from '@agent-dispatch/core/dispatcher';
import { isDispatchError } from '@agent-dispatch/core/errors';
import type { ControlPlane, Operation } from '@agent-dispatch/core';

type Connection = Parameters<typeof sayHello>[0];
type Input<Name extends Operation> = Parameters<ControlPlane[Name]>[0];
type Output<Name extends Operation> = Awaited<ReturnType<ControlPlane[Name]>>;

const { version } = JSON.parse(readFileSync(new URL('../../../core/package.json', import.meta.url), 'utf8')) as {
  version: string;
};

export class Client {
  private constructor(private readonly connection: Connection) {}

  /** undefined: nobody serves there any more. */
  static async connect(options: ConnectOptions): Promise<Client | undefined> {
    const { stateDir, digest } = await configOf(options);
    return await unlessDead(async () => {
      const found = await lookForDispatcher(stateDir);
      if (found.state !== 'listening') return undefined;
      const { verdict } = await sayHello(
        found.connection,
        ownHello({ version, configDigest: digest, client: options.clientName }),
      );
      if (verdict !== 'fit') throw new Error(`the dispatcher takes its own front door for ${verdict}`);
      await found.connection.call('environment', {});
      return new Client(found.connection);
    });
  }

  /** undefined: the dispatcher died before it answered. */
  async call<Name extends Operation>(operation: Name, input: Input<Name>): Promise<Output<Name> | undefined> {
    return await unlessDead(async () => (await this.connection.call(operation, { input })) as Output<Name>);
  }

  close(): void {
    this.connection.close();
  }
}

async function unlessDead<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await work();
  } catch (error) {
    if (isDispatchError(error) && error.code === 'AD_DISPATCHER_UNREACHABLE') return undefined;
    throw error;
  }
}
