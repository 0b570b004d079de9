// What this program tells people, on stderr, one line at a time.

export function say(line: string): void {
  process.stderr.write(`agentdispatch-mcp: ${line.replaceAll(/\p{Cc}+/gu, ' ')}\n`);
}

export const logError = (error: unknown): void => say(error instanceof Error ? error.message : String(error));
