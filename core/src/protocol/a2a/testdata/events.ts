// Events of an agent in version 1.0 as they stand on the wire.

type Json = Record<string, unknown>;

export const TASK = 'agents-task-1';
export const CONTEXT = 'agents-context';

const STATE = (state: string): string => `TASK_STATE_${state}`;

export const message = (id: string, text: string, more: Json = {}): Json => ({
  messageId: id,
  role: 'ROLE_AGENT',
  contextId: CONTEXT,
  taskId: TASK,
  parts: [{ text }],
  ...more,
});

export const status = (state: string, said?: Json): Json => ({
  state: STATE(state),
  ...(said && { message: said }),
});

export const task = (state: string, more: Json = {}): Json => ({
  id: TASK,
  contextId: CONTEXT,
  status: status(state),
  ...more,
});

export const isTask = (state: string, more: Json = {}): Json => ({ task: task(state, more) });

export const update = (state: string, said?: Json, more: Json = {}): Json => ({
  statusUpdate: { taskId: TASK, contextId: CONTEXT, status: status(state, said), ...more },
});

export const artifact = (id: string, ...parts: Json[]): Json => ({ artifactId: id, parts });

export const left = (id: string, parts: Json[], more: Json = {}): Json => ({
  artifactUpdate: { taskId: TASK, contextId: CONTEXT, artifact: artifact(id, ...parts), ...more },
});

export const card = (more: Json = {}): Json => ({
  name: 'agent',
  supportedInterfaces: [{ url: 'https://elsewhere.example/a2a', protocolBinding: 'JSONRPC', protocolVersion: '1.0' }],
  capabilities: { streaming: true },
  ...more,
});
