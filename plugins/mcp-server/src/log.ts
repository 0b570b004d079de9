// What this program tells people, on stderr, one line at a time.

export function say(line: string): void {
  process.stderr.write(`agentdispatch-mcp: ${line.replaceAll(/\p{Cc}+/gu, ' ')}\n`);
}

export const logError = (error: Error): void => say(error.message);
