// The short spelling of messages, tool calls and thoughts in chunks, written out as their beginnings, pieces and ends. A chunk
// without an id goes on with what the same speaker said last.
import { DispatchError } from '../../errors/index.js';
import type { AgUiLimits } from './limits.js';
import { type AgUiEvent, type AgUiEventOf, malformed } from './wire-event.js';

type Chunk = AgUiEventOf<'TEXT_MESSAGE_CHUNK' | 'TOOL_CALL_CHUNK' | 'REASONING_MESSAGE_CHUNK'>;
/** An event that stands for itself. */
export type WholeEvent = Exclude<AgUiEvent, Chunk>;

/** What a speaker is at: of which kind, its id, and the event that ends it. */
interface Pending {
  readonly type: Chunk['type'];
  readonly id: string;
  readonly end: WholeEvent;
}

export class Chunks {
  /** By subagent; undefined is the agent itself. */
  readonly #pending = new Map<string | undefined, Pending>();

  constructor(private readonly limits: Pick<AgUiLimits, 'openItems'>) {}

  /** Errors: AD_PROTOCOL_RESPONSE, AD_PROTOCOL_TOO_LARGE. */
  *whole(event: AgUiEvent): Generator<WholeEvent, void> {
    switch (event.type) {
      case 'TEXT_MESSAGE_CHUNK': {
        const { delta, messageId, ...more } = event;
        const id = yield* this.#placed(event, messageId, (messageId) => [
          { ...more, type: 'TEXT_MESSAGE_START', messageId },
          { type: 'TEXT_MESSAGE_END', messageId },
        ]);
        if (delta !== undefined) yield { type: 'TEXT_MESSAGE_CONTENT', messageId: id, delta };
        return;
      }
      case 'TOOL_CALL_CHUNK': {
        const { delta, toolCallId, toolCallName, ...more } = event;
        const id = yield* this.#placed(event, toolCallId, (toolCallId) => {
          if (toolCallName === undefined) throw malformed('a tool call without a name');
          return [
            { ...more, type: 'TOOL_CALL_START', toolCallId, toolCallName },
            { type: 'TOOL_CALL_END', toolCallId },
          ];
        });
        if (delta !== undefined) yield { type: 'TOOL_CALL_ARGS', toolCallId: id, delta };
        return;
      }
      case 'REASONING_MESSAGE_CHUNK': {
        const { delta, messageId, ...more } = event;
        const id = yield* this.#placed(event, messageId, (messageId) => [
          { ...more, type: 'REASONING_MESSAGE_START', messageId, role: 'reasoning' },
          { type: 'REASONING_MESSAGE_END', messageId },
        ]);
        if (delta !== undefined) yield { type: 'REASONING_MESSAGE_CONTENT', messageId: id, delta };
        return;
      }
      default:
        yield event;
    }
  }

  /** A run is over: whatever was said in chunks is. */
  *close(): Generator<WholeEvent, void> {
    for (const { end } of this.#pending.values()) yield end;
    this.#pending.clear();
  }

  /** Begins what the chunk names, unless it goes on with it; ends what was before. Returns its id. */
  *#placed(
    { type, subagentRunId }: Chunk,
    id: string | undefined,
    open: (id: string) => [start: WholeEvent, end: WholeEvent],
  ): Generator<WholeEvent, string> {
    const before = this.#pending.get(subagentRunId);
    const goesOn = before?.type === type && (id === undefined || id === before.id);
    if (goesOn) return before.id;
    if (id === undefined) throw malformed(`${type} without saying of what, where nothing was begun`);
    if (before !== undefined) yield before.end;
    else if (this.#pending.size >= this.limits.openItems) {
      throw new DispatchError(
        'AD_PROTOCOL_TOO_LARGE',
        `More than ${this.limits.openItems} of the agent speak at once.`,
      );
    }
    const [start, end] = open(id);
    this.#pending.set(subagentRunId, { type, id, end });
    yield start;
    return id;
  }
}
