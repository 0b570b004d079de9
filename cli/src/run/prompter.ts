// How this program asks a person. The library is loaded when the first question comes.

export interface Choice<Value> {
  name: string;
  value: Value;
}

/** Tests answer through this. A question that is broken off throws. */
export interface Prompter {
  /** An empty answer counts only where `optional` says so. */
  input(message: string, options?: { optional?: boolean; default?: string }): Promise<string>;
  select<Value>(message: string, choices: readonly Choice<Value>[]): Promise<Value>;
  /** `default`: what an empty answer means. Default true. */
  confirm(message: string, options?: { default?: boolean }): Promise<boolean>;
}

export const terminalPrompter: Prompter = {
  async input(message, { optional = false, default: preset } = {}) {
    const { input } = await import('@inquirer/prompts');
    return await input({ message, required: !optional, ...(preset !== undefined && { default: preset }) }, CONTEXT);
  },
  async select(message, choices) {
    const { select } = await import('@inquirer/prompts');
    return await select({ message, choices: [...choices] }, CONTEXT);
  },
  async confirm(message, { default: preset = true } = {}) {
    const { confirm } = await import('@inquirer/prompts');
    return await confirm({ message, default: preset }, CONTEXT);
  },
};

/** stdout is for results. */
const CONTEXT = { output: process.stderr };

/** Whether somebody is there to ask. */
export const isInteractive = (): boolean => process.stdin.isTTY && process.stderr.isTTY;
