// An answer of the agent on its way to the MCP client: cut off beyond its limits, and read only as fast as its events are
// taken, so that an agent which sends without end fills no memory.
import { DispatchError } from '../../errors/index.js';

export interface Bounds {
  /** Bytes of the whole body. */
  readonly bodyBytes: number;
  /** Bytes of one message; for an event stream those between two empty lines. */
  readonly messageBytes: number;
  /** Resolves when more may be read. */
  readonly ready: () => Promise<void>;
  /** Told when a limit is broken; the body ends with the same error. */
  readonly broken: (error: DispatchError) => void;
}

export function boundedResponse(response: Response, bounds: Bounds): Response {
  const { status, statusText, headers } = response;
  if (response.body === null) return response;
  const check = isEventStream(response) ? eventMeter(bounds) : bodyMeter(bounds);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await bounds.ready();
        const read = await reader.read();
        if (read.done) return controller.close();
        const error = check(read.value);
        if (error === undefined) return controller.enqueue(read.value);
        bounds.broken(error);
        controller.error(error);
        // What is left is not wanted, and a connection that is broken already has nothing left.
        await reader.cancel().catch(() => undefined);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { status, statusText, headers });
}

/** The beginning of a failed answer, as the whole of it. Errors: whatever breaks the connection. */
export async function excerptOf(response: Response, maxBytes: number): Promise<Response> {
  const { status, statusText, headers } = response;
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = (response.body as ReadableStream<Uint8Array> | null)?.getReader();
  while (reader !== undefined && size < maxBytes) {
    const read = await reader.read();
    if (read.done) break;
    chunks.push(read.value);
    size += read.value.byteLength;
  }
  void reader?.cancel().catch(() => undefined);
  const excerpt = Buffer.concat(chunks).subarray(0, maxBytes);
  return new Response(excerpt, { status, statusText, headers });
}

export const isEventStream = ({ headers }: Response): boolean =>
  (headers.get('content-type') ?? '').trim().toLowerCase().startsWith('text/event-stream');

/** Tells when a chunk takes an answer over its limit. */
type Meter = (chunk: Uint8Array) => DispatchError | undefined;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

function eventMeter({ bodyBytes, messageBytes }: Bounds): Meter {
  let total = 0;
  let message = 0;
  let isLineEmpty = true;
  return (chunk) => {
    total += chunk.byteLength;
    let longest = 0;
    for (const byte of chunk) {
      message += 1;
      if (byte !== LINE_FEED) {
        isLineEmpty &&= byte === CARRIAGE_RETURN;
        continue;
      }
      longest = Math.max(longest, message);
      if (isLineEmpty) message = 0;
      isLineEmpty = true;
    }
    if (Math.max(longest, message) > messageBytes)
      return tooLarge(`One message of the agent is over ${messageBytes} bytes.`);
    return total > bodyBytes ? tooLarge(`The agent's answer is over ${bodyBytes} bytes.`) : undefined;
  };
}

function bodyMeter({ messageBytes }: Bounds): Meter {
  let total = 0;
  return (chunk) => {
    total += chunk.byteLength;
    return total > messageBytes ? tooLarge(`The agent's answer is over ${messageBytes} bytes.`) : undefined;
  };
}

const tooLarge = (message: string): DispatchError => new DispatchError('AD_PROTOCOL_TOO_LARGE', message);
