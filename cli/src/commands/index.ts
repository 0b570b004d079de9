// Every command by its id. Their modules import nothing heavy: what a command needs it imports when it runs.
import CancelTask from './cancel-task.js';
import ConfigShow from './config-show.js';
import ConfigValidate from './config-validate.js';
import DispatcherRun from './dispatcher-run.js';
import DispatcherStatus from './dispatcher-status.js';
import DispatcherStop from './dispatcher-stop.js';
import Doctor from './doctor.js';
import Explain from './explain.js';
import Gc from './gc.js';
import GetArtifact from './get-artifact.js';
import GetTaskLogs from './get-task-logs.js';
import GetTaskResult from './get-task-result.js';
import GetTaskStatus from './get-task-status.js';
import Init from './init.js';
import ListArtifacts from './list-artifacts.js';
import ListRuntimes from './list-runtimes.js';
import ListTasks from './list-tasks.js';
import Mcp from './mcp.js';
import McpSetup from './mcp-setup.js';
import PluginsList from './plugins-list.js';
import SendMessage from './send-message.js';
import SpawnCloudAgent from './spawn-cloud-agent.js';
import WaitTask from './wait-task.js';

export const COMMANDS = {
  init: Init,
  doctor: Doctor,
  run: SpawnCloudAgent,
  explain: Explain,
  status: GetTaskStatus,
  logs: GetTaskLogs,
  result: GetTaskResult,
  artifacts: ListArtifacts,
  'artifacts:get': GetArtifact,
  wait: WaitTask,
  list: ListTasks,
  cancel: CancelTask,
  send: SendMessage,
  runtimes: ListRuntimes,
  gc: Gc,
  mcp: Mcp,
  'mcp:setup': McpSetup,
  'config:show': ConfigShow,
  'config:validate': ConfigValidate,
  'dispatcher:run': DispatcherRun,
  'dispatcher:status': DispatcherStatus,
  'dispatcher:stop': DispatcherStop,
  plugins: PluginsList,
  'plugins:list': PluginsList,
};
