// Hints speak to agents, in names of tools; a person at this program has commands.

const COMMANDS: Readonly<Record<string, string>> = {
  spawn_cloud_agent: 'run',
  dispatch_task: 'run --command',
  wait_task: 'wait',
  get_task_status: 'status',
  get_task_logs: 'logs',
  get_task_result: 'result',
  send_message: 'send',
  cancel_task: 'cancel',
  list_tasks: 'list',
  list_runtimes: 'runtimes',
  check_cloud_agent_runtime: 'doctor',
};

const TOOL = new RegExp(`(?:\\b[Cc]all )?\\b(${Object.keys(COMMANDS).join('|')})\\b`, 'g');

/** `Call list_tasks to see ...` becomes `Run \`agentdispatch list\` to see ...`. */
export const forPeople = (hint: string): string =>
  hint.replaceAll(TOOL, (words, tool: string) => {
    const verb = words.startsWith('Call') ? 'Run ' : words.startsWith('call') ? 'run ' : '';
    return `${verb}\`agentdispatch ${COMMANDS[tool] ?? tool}\``;
  });
