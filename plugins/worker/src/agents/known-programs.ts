// How the programs that the worker knows are installed, for whoever is told that one is not there.

const INSTALLED_BY: ReadonlyMap<string, string> = new Map([
  ['claude', 'npm install -g @anthropic-ai/claude-code'],
  ['codex', 'npm install -g @openai/codex'],
  ['openclaw', 'npm install -g openclaw'],
  ['hermes', 'the installer of Hermes Agent'],
]);

/** To be put behind a message; empty for a program that nobody here knows. */
export function howToInstall(program: string): string {
  const way = INSTALLED_BY.get(program);
  if (way === undefined) return '';
  return ` Install it where the agent runs (${way}), or name it by its path in the agent's command.`;
}
