// The worker's agent card: one document that clients of either version read as theirs.

const SKILL = {
  id: 'run',
  name: 'Run a task',
  description: 'Gives the instruction to the agent that this worker runs, and follows it to its end.',
  tags: ['agent'],
};

/** By its parameters our own driver tells one machine from another. */
const extension = (bootId: string): Record<string, unknown> => ({
  uri: 'urn:agentdispatch:worker:1',
  description: 'Numbers what it tells, so that callers who know of it lose nothing.',
  required: false,
  params: { bootId },
});

/** @param url where the worker is reached, as far as it can know. */
export function agentCard(url: string, bootId: string): Record<string, unknown> {
  const binding = 'JSONRPC';
  return {
    name: 'AgentDispatch worker',
    description: 'Runs an agent and lets callers follow, answer and cancel its work.',
    version: '1.0.0',
    capabilities: { streaming: true, pushNotifications: false, extensions: [extension(bootId)] },
    defaultInputModes: ['text/plain', 'application/json'],
    defaultOutputModes: ['text/plain', 'application/json', 'application/octet-stream'],
    skills: [SKILL],
    supportedInterfaces: ['1.0', '0.3'].map((protocolVersion) => ({ url, protocolBinding: binding, protocolVersion })),
    // What clients of version 0.3 look for.
    url,
    preferredTransport: binding,
    protocolVersion: '0.3.0',
  };
}
