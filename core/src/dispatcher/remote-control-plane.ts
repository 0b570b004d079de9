// The ControlPlane as a front door sees it: every call travels to the dispatcher. A dispatcher that went away between
// two calls is found or started again, and so is one that says nothing any more.
import type { CallOptions, ControlPlane, Operation } from '../control-plane.js';
import { DispatchError, isDispatchError } from '../errors/index.js';
import { callWhileItAnswers } from './ask.js';
import type { HelloAnswer } from './hello.js';
import type { Reached } from './reach-dispatcher.js';
import { canBeRepeated, repeatable, shortened } from './repeating.js';
import { isRefusal, type RpcConnection } from './rpc.js';

/** What needs the dispatcher to hold the caller's own configuration. */
const CONFIGURED: ReadonlySet<Operation> = new Set<Operation>([
  'spawn',
  'dispatch',
  'explain',
  'runtimes',
  'check',
  'gc',
]);

export class RemoteControlPlane implements ControlPlane {
  private connected: Promise<Reached> | undefined;
  /** Of dispatchers that end: open for the answers to calls that they had begun. */
  private readonly left = new Set<Reached>();

  /**
   * @param connect finds or starts the dispatcher and says hello.
   * @param answerMs how long a dispatcher may say nothing before its connection is given up. Default 30 s.
   */
  constructor(
    private readonly connect: () => Promise<Reached>,
    private readonly answerMs?: number,
  ) {}

  readonly spawn: ControlPlane['spawn'] = this.operation('spawn');
  readonly dispatch: ControlPlane['dispatch'] = this.operation('dispatch');
  readonly explain: ControlPlane['explain'] = this.operation('explain');
  readonly get: ControlPlane['get'] = this.operation('get');
  readonly list: ControlPlane['list'] = this.operation('list');
  readonly logs: ControlPlane['logs'] = this.operation('logs');
  readonly result: ControlPlane['result'] = this.operation('result');
  readonly wait: ControlPlane['wait'] = this.operation('wait');
  readonly watch: ControlPlane['watch'] = this.operation('watch');
  readonly send: ControlPlane['send'] = this.operation('send');
  readonly cancel: ControlPlane['cancel'] = this.operation('cancel');
  readonly runtimes: ControlPlane['runtimes'] = this.operation('runtimes');
  readonly check: ControlPlane['check'] = this.operation('check');
  readonly gc: ControlPlane['gc'] = this.operation('gc');

  /** Connects now instead of at the first call. */
  async open(): Promise<void> {
    await this.connection();
  }

  async close(): Promise<void> {
    const connected = await this.connected?.catch(() => undefined);
    connected?.connection.close();
    for (const { connection } of this.left) connection.close();
  }

  private operation<Output>(operation: Operation) {
    return async (given: unknown, { caller, consent, signal, progress }: CallOptions = {}): Promise<Output> => {
      const ask = async ({ connection, answer }: Reached, input: unknown): Promise<Output> => {
        if (answer.verdict !== 'fit' && CONFIGURED.has(operation)) throw unfit(answer);
        const params = {
          input,
          ...(caller && { caller }),
          ...(consent && { consent }),
          ...(progress && { tell: true }),
        };
        const call = { method: operation, params, signal, progress, answerMs: this.answerMs };
        return (await callWhileItAnswers(connection, call)) as Output;
      };
      const input = repeatable(operation, given);
      const connected = await this.connection();
      const beganAt = performance.now();
      try {
        return await ask(connected, input);
      } catch (error) {
        const isRepeatable = canBeRepeated(operation, input, caller);
        if (isRepeatable && saysStoreFailed(error)) await closeOf(connected.connection);
        const wasLost = !connected.connection.open && isRepeatable;
        if (!wasLost && !isRefusal(error)) throw error;
        // What it answers still is answered: it closes the connection itself.
        this.forget(connected);
        return await ask(await this.connection(), shortened(operation, input, performance.now() - beganAt));
      }
    };
  }

  private forget(reached: Reached): void {
    this.left.add(reached);
    reached.connection.onClose(() => this.left.delete(reached));
  }

  private async connection(): Promise<Reached> {
    const { connected } = this;
    const current = await connected?.catch(() => undefined);
    if (current?.connection.open && !this.left.has(current)) {
      const { connection, answer } = current;
      // To ask again whether it fits would take their answers from the calls under way.
      if (answer.verdict === 'fit' || connection.waiting) return current;
    }
    // Another call may have begun to connect meanwhile: one connection is enough, and only the last is ever closed.
    if (this.connected !== undefined && this.connected !== connected) return await this.connected;
    // Said hello to while another version or configuration was at work: that may be over by now.
    if (current && !this.left.has(current)) current.connection.close();
    this.connected = this.connect();
    return await this.connected;
  }
}

/** A dispatcher that cannot write any more ends, and the next one may find space again. */
const saysStoreFailed = (error: unknown): boolean => isDispatchError(error) && error.code === 'AD_STORE_UNAVAILABLE';

/** A little longer than a dispatcher takes to end. Milliseconds. */
const ENDED_MS = 3_000;

/** Resolves when the other end has closed it, or after a while. */
const closeOf = (connection: RpcConnection): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ENDED_MS);
    connection.onClose(() => {
      clearTimeout(timer);
      resolve();
    });
    if (!connection.open) resolve();
  });

const unfit = ({ verdict, version }: HelloAnswer): DispatchError =>
  verdict === 'outdated'
    ? new DispatchError(
        'AD_DISPATCHER_INCOMPATIBLE',
        `the running dispatcher is newer (${version}) than this program`,
        {
          hint: 'Update this program; or run `agentdispatch dispatcher stop` and call again, unless the newer one is in use.',
        },
      )
    : new DispatchError(
        'AD_DISPATCHER_INCOMPATIBLE',
        `the running dispatcher (${version}) has another version or configuration and is at work`,
        {
          hint: 'Call again when its tasks have ended (list_tasks with status open), or run `agentdispatch dispatcher stop`.',
        },
      );
