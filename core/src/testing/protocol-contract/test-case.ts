// How the groups of the contract register their tests: each with what the protocol must be able to do.
import { Conversation } from './conversation.js';
import type { AgentScript, ProtocolCell, ProtocolContractOptions } from './options.js';

/** Starts the test's agent, with the script for the work that it is given. */
export type OpenConversation = (script: AgentScript) => Promise<Conversation>;

/** One test. It is left out when one of its cells is declared impossible. */
export type ProtocolCase = (
  cells: readonly ProtocolCell[],
  title: string,
  run: (open: OpenConversation) => Promise<void>,
) => unknown;

export function casesFor(options: ProtocolContractOptions): ProtocolCase {
  const { test, protocol, impossible = {} } = options;
  return (cells, title, run) => {
    if (cells.some((cell) => impossible[cell] !== undefined)) return;
    test([protocol, ...cells, title].join(': '), async () => {
      const opened: Conversation[] = [];
      try {
        await run(async (script) => {
          const conversation = await Conversation.open(options, script);
          opened.push(conversation);
          return conversation;
        });
      } finally {
        for (const conversation of opened) await conversation.close();
      }
    });
  };
}
