// Brings the request's input files to the worker before its start: what is small goes with the start itself, the rest is put
// there before, each content once.
import type { WorkerCall, WorkerInput } from '@agent-dispatch/schemas';
import { DispatchError } from '../../../errors/index.js';
import type { DriverContext } from '../../../provider/index.js';
import { inline, type MeasuredInput, named, type Piece, piecesOf } from '../../worker/inputs.js';
import { refusal } from '../../worker/refusal.js';
import { noWorker, type WorkerCalls } from './calls.js';

/** A file up to here, and all of them together, go with the start. Bytes. */
const SMALL_BYTES = 256 * 1024;
const INLINE_BYTES = 8 * 1024 * 1024;
/** Files on their way at the same time. */
const AT_ONCE = 4;

export class InputDelivery {
  constructor(
    private readonly calls: WorkerCalls,
    private readonly invocationId: string,
    private readonly context: Pick<DriverContext, 'signal'>,
  ) {}

  /**
   * Returns the inputs as the start names them. Repeat: yes; what is there already is not sent again.
   * @param bootId of the machine that is to get them all.
   * Errors: the refusal; AD_INPUT_DIGEST_MISMATCH when a file changed; AD_PROVIDER_UNAVAILABLE when another machine answers;
   * those of a call. Nothing is begun by it.
   */
  async to(bootId: string, inputs: readonly MeasuredInput[]): Promise<WorkerInput[]> {
    const carried = smallOnes(inputs);
    const rest = inputs.filter((input) => !carried.has(input));
    await this.#putAll([...new Map(rest.map((input) => [input.sha256, input])).values()], bootId);
    const told: WorkerInput[] = [];
    for (const input of inputs) told.push(carried.has(input) ? await inline(input) : named(input));
    return told;
  }

  /** When it rejects, nothing is on its way any more. */
  async #putAll(inputs: readonly MeasuredInput[], bootId: string): Promise<void> {
    const waiting = inputs.values();
    let failure: { error: unknown } | undefined;
    const put = async (): Promise<void> => {
      for (const input of waiting) {
        if (failure) return;
        await this.#put(input, bootId).catch((error: unknown) => (failure ??= { error }));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, put));
    if (failure) throw failure.error;
  }

  async #put(input: MeasuredInput, bootId: string): Promise<void> {
    for (let at = 0; ;) {
      const from = at;
      for await (const piece of piecesOf(input, from)) {
        at = await this.#piece(input, piece, bootId);
        // The worker has more, or less, than was sent last: go on from there.
        if (at !== piece.offset + piece.bytes.length) break;
      }
      if (at >= input.size) return;
      if (at <= from) throw changed(input);
    }
  }

  /** @returns the bytes that are there. */
  async #piece({ path, sha256, size }: MeasuredInput, { offset, bytes }: Piece, bootId: string): Promise<number> {
    const { invocationId } = this;
    const base64 = Buffer.from(bytes).toString('base64');
    const call: WorkerCall = { agentdispatch: 'put_input', invocationId, path, sha256, size, offset, base64 };
    const answer = await this.calls.ask(call, this.context.signal);
    if (answer.error) throw refusal(answer.error);
    if (answer.received === undefined) throw noWorker('no count of the bytes that are there');
    if (answer.bootId === bootId) return answer.received;
    throw new DispatchError(
      'AD_PROVIDER_UNAVAILABLE',
      'Another machine answers while inputs are sent; nothing was begun.',
    );
  }
}

/** In the order of the request, as long as there is room. */
function smallOnes(inputs: readonly MeasuredInput[]): ReadonlySet<MeasuredInput> {
  const carried = new Set<MeasuredInput>();
  let room = INLINE_BYTES;
  for (const input of inputs) {
    if (input.size > SMALL_BYTES || input.size > room) continue;
    carried.add(input);
    room -= input.size;
  }
  return carried;
}

const changed = ({ path }: MeasuredInput): DispatchError =>
  new DispatchError('AD_INPUT_DIGEST_MISMATCH', `The input ${path} became shorter while it was sent.`);
