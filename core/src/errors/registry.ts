// Every error code there is: data from which the error page, the CLI's exit codes and the defaults of a DispatchError come.

/** Who can mend it. */
export type Fault = 'caller' | 'operator' | 'provider' | 'host';

export interface ErrorDefinition {
  /** When it is raised; one sentence for the error page. */
  summary: string;
  fault: Fault;
  /** The same call may succeed later, without double effect. */
  retryable: boolean;
  /** Exit code of the CLI. 2 input, 3 configuration or plugin, 4 refused, 5 not found, 6 the task did not succeed, 7 provider, 8 this program. */
  exit: number;
  /** The next action, spoken to an agent. */
  hint: string;
}

const define = <Codes extends Record<`AD_${string}`, ErrorDefinition>>(codes: Codes): Codes => codes;

const caller = { fault: 'caller', retryable: false, exit: 2 } as const;
const operator = { fault: 'operator', retryable: false, exit: 3 } as const;
const provider = { fault: 'provider', retryable: false, exit: 7 } as const;
const transient = { fault: 'provider', retryable: true, exit: 7 } as const;
const host = { fault: 'host', retryable: false, exit: 8 } as const;
const ended = { fault: 'provider', retryable: false, exit: 6 } as const;

export const ERRORS = define({
  AD_INPUT_INVALID: {
    ...caller,
    summary: 'The arguments do not fit the operation; `problems` names each with its JSON pointer.',
    hint: 'Correct the arguments named in problems and call again; nothing was started.',
  },
  AD_INPUT_TOO_LARGE: {
    ...caller,
    summary:
      'A text, the whole request, or what its inputs name is over its limit; `details.largest` says what takes the most.',
    hint: 'Put the bulk into a file and name it in inputs; nothing was started.',
  },
  AD_INPUT_UNREACHABLE: {
    ...caller,
    retryable: true,
    summary: 'An input on another machine, or the program that would fetch it, cannot be had now.',
    hint: 'Check the URL and call again; or fetch it yourself and name the local path. Nothing was started.',
  },
  AD_INPUT_UNSUPPORTED: {
    ...caller,
    summary: 'The request uses a part that the chosen driver does not honour.',
    hint: 'Leave the named parts out, or choose a runtime whose `accepts` lists them (list_runtimes).',
  },
  AD_INPUT_CURSOR: {
    ...caller,
    summary: 'A cursor is malformed, of another version, of another task, or of a state that is not stored any more.',
    hint: 'Call again without cursor to read from the beginning.',
  },
  AD_INPUT_IDEMPOTENCY_CONFLICT: {
    ...caller,
    summary: 'The idempotency key was used before with another request.',
    hint: 'Use a new idempotency_key for a new request, or repeat the earlier request unchanged.',
  },
  AD_INPUT_FILE_UNREADABLE: {
    ...caller,
    summary: 'A local file named in inputs is not there, or cannot be read.',
    hint: 'Correct the path or the permissions of the file named; nothing was started.',
  },
  AD_INPUT_DIGEST_MISMATCH: {
    ...caller,
    summary: 'The content of an input does not have the SHA-256 that was given or measured for it.',
    hint: 'Correct sha256, or leave the file unchanged until the task has started; nothing was started.',
  },

  AD_CONFIG_NOT_FOUND: {
    ...operator,
    summary: 'The configuration file named does not exist.',
    hint: 'Check the path, or create one with `agentdispatch init`.',
  },
  AD_CONFIG_UNREADABLE: {
    ...operator,
    summary: 'The configuration file cannot be read.',
    hint: 'Check the permissions of the file.',
  },
  AD_CONFIG_SYNTAX: {
    ...operator,
    summary: 'The configuration file is not valid JSON or YAML, or is empty.',
    hint: 'Correct the line named in problems, or create a new file with `agentdispatch init`.',
  },
  AD_CONFIG_INVALID: {
    ...operator,
    summary: 'The configuration has unknown keys, wrong types or names that refer to nothing.',
    hint: 'Correct the places named in problems; `agentdispatch config validate` checks again.',
  },
  AD_CONFIG_EXISTS: {
    ...operator,
    summary: 'A configuration file, or an entry of that name in one, is already there.',
    hint: 'Edit it, or pass --force to replace it.',
  },
  AD_CONFIG_LINK: {
    ...operator,
    summary: 'A file of another program that was to be changed is reached through a link.',
    hint: 'Pass --follow-link to write behind the link; nothing was written.',
  },
  AD_CONFIG_CHANGED: {
    ...operator,
    retryable: true,
    summary: 'A file of another program was changed by somebody else while it was being edited.',
    hint: 'Try again, when that program does not run; nothing was written.',
  },
  AD_CONFIG_HTTP_ACCESS: {
    ...operator,
    summary: 'MCP is to be served over HTTP, and the configuration does not say who may call, or by which names.',
    hint: 'Give at least one entry in mcp.http.tokens: a subject, and where its token is found.',
  },
  AD_CONFIG_SECRET_UNRESOLVED: {
    ...operator,
    summary: 'A secret reference yields no value.',
    hint: 'Set the variable or file that the configuration names; the value itself never goes into the configuration.',
  },
  AD_CONFIG_TELEMETRY: {
    ...operator,
    summary:
      'The module that `telemetry.register` names is not there, fails, or sets up nothing. Tasks run, and no spans are made.',
    hint: 'Correct telemetry.register or install what it names beside the configuration, then run `agentdispatch dispatcher stop`; tasks go on.',
  },

  AD_PLUGIN_INSTALL: {
    ...operator,
    summary:
      'A package could not be installed or removed, or failed its verification; what was installed is taken back.',
    hint: 'Check the package name and the registry, then try again.',
  },
  AD_PLUGIN_NOT_FOUND: {
    ...operator,
    summary: 'A plugin named in the configuration or recorded as installed is not there.',
    hint: 'Install it with `agentdispatch plugins install <package>`, or correct `plugins` in the configuration.',
  },
  AD_PLUGIN_NOT_INSTALLED: {
    ...operator,
    summary: 'The provider is known but its package is not installed.',
    hint: 'Install it with `agentdispatch plugins install <package>`.',
  },
  AD_PLUGIN_MANIFEST: {
    ...operator,
    summary: 'The package is not a provider plugin, or its manifest is missing or invalid.',
    hint: 'Update or remove the plugin; its author corrects what the message names.',
  },
  AD_PLUGIN_INCOMPATIBLE: {
    ...operator,
    summary: 'The plugin was written for another version of this host.',
    hint: 'Update the plugin or AgentDispatch so that the versions named fit.',
  },
  AD_PLUGIN_NOT_ALLOWED: {
    ...operator,
    summary: '`allowPlugins` does not list this plugin, its version or its integrity.',
    hint: 'Add it to allowPlugins in the configuration if you trust it.',
  },
  AD_PLUGIN_DUPLICATE: {
    ...operator,
    summary: 'Another plugin with precedence owns the same provider name.',
    hint: 'Remove one of the two.',
  },
  AD_PLUGIN_LOAD: {
    ...operator,
    summary: "The plugin's code failed while it was loaded.",
    hint: 'Update or reinstall the plugin; the cause is in the message.',
  },
  AD_PLUGIN_CONTRACT: {
    ...operator,
    summary: 'The plugin breaks the provider contract: a verb is missing or undeclared, or an event is malformed.',
    hint: "Report it to the plugin's author, with the message.",
  },

  AD_ROUTE_NO_MATCH: {
    ...caller,
    summary: 'No driver carries out this combination; `details.rejected` gives every candidate with its reasons.',
    hint: 'Call list_runtimes, then repeat with a capability, task type, target mode and protocol that one driver offers together.',
  },
  AD_ROUTE_UNKNOWN_RUNTIME: {
    ...caller,
    summary: 'The configuration has no runtime profile of this name.',
    hint: 'Call list_runtimes and use one of the names it gives.',
  },
  AD_ROUTE_UNKNOWN_ACCOUNT: {
    ...caller,
    summary: 'The configuration has no account profile of this name.',
    hint: 'Call list_runtimes and use one of the account profiles it gives.',
  },
  AD_ROUTE_ACCOUNT_MISMATCH: {
    ...caller,
    summary: 'The account profile belongs to another provider.',
    hint: 'Use an account profile of the provider you name, or leave the provider out.',
  },

  AD_POLICY_DENIED: {
    ...caller,
    exit: 4,
    summary: 'A policy rule refuses this request.',
    hint: 'Choose another target, or ask the operator to change the rule named in details.',
  },
  AD_POLICY_CONFIRMATION: {
    ...caller,
    exit: 4,
    summary: "A policy rule wants a person's consent, and nobody gave it here.",
    hint: 'Nothing was started. Ask the person to start it with `agentdispatch run` in a terminal, or the operator to change the rule named in details.',
  },
  AD_POLICY_LOCAL_ONLY: {
    ...caller,
    exit: 4,
    summary:
      'A caller from elsewhere asked for what belongs to the local user: files of this machine, garbage collection.',
    hint: 'Give small files as text in inputs, others by an https: address; or ask whoever runs AgentDispatch.',
  },
  AD_POLICY_CREDENTIALS: {
    ...caller,
    exit: 4,
    summary: 'The request carries what looks like a credential; `problems` says where.',
    hint: 'Remove the value; give secrets by reference, in `secrets` of the runtime profile.',
  },

  AD_TASK_NOT_FOUND: {
    ...caller,
    exit: 5,
    summary: 'There is no task of this id here.',
    hint: 'Call list_tasks to see the tasks of this installation.',
  },
  AD_TASK_ARTIFACT_NOT_FOUND: {
    ...caller,
    exit: 5,
    summary: 'The task has no artifact of this name.',
    hint: 'Call get_task_result without artifact to see the names.',
  },
  AD_TASK_ARTIFACT_MISMATCH: {
    ...host,
    retryable: true,
    summary: 'What was fetched of an artifact has another size or digest than the task lists; nothing of it was kept.',
    hint: 'Fetch it again: a task that goes on may have replaced it meanwhile. If it persists, the stored file is damaged.',
  },
  AD_TASK_VALUE_TOO_LARGE: {
    ...caller,
    summary: 'A result, log or artifact is too large to be read whole, as a resource is.',
    hint: 'Read it in pieces: get_task_result with offset and max_bytes, or get_task_logs with cursor.',
  },
  AD_TASK_FAILED: {
    ...ended,
    summary: 'The work ended and reported failure, or its program ended with a non-zero exit code.',
    hint: 'Read get_task_logs and get_task_result for what it said, then decide whether to start it again.',
  },
  AD_TASK_MODEL_DENIED: {
    ...ended,
    fault: 'operator',
    summary: "The model behind the agent refused the agent's credentials, or the agent has none.",
    hint: "Give the runtime profile a valid key of the model's in `secrets`, or log the agent in where it runs; then start the task again.",
  },
  AD_TASK_MODEL_UNAVAILABLE: {
    ...ended,
    summary: 'The model behind the agent could not be reached, or had no room, until the agent gave up.',
    hint: 'Start the task again after a while; what the agent did until then stands.',
  },
  AD_TASK_TIMEOUT: {
    ...ended,
    fault: 'caller',
    summary: "The task's deadline passed; it was stopped.",
    hint: 'Start it again with a larger timeout_seconds, or a smaller task.',
  },
  AD_TASK_PROVISION_TIMEOUT: {
    ...ended,
    summary: 'The target was not ready in time.',
    hint: 'Check the runtime with check_cloud_agent_runtime, then start the task again.',
  },
  AD_TASK_IDLE_TIMEOUT: {
    ...ended,
    summary: 'Nothing was heard from the work for its idle limit; it was stopped.',
    hint: 'Raise idleSeconds of the runtime profile, or let the agent report progress.',
  },
  AD_TASK_OUTCOME_UNKNOWN: {
    ...ended,
    summary: 'Contact was lost and this target cannot tell what became of the work.',
    hint: 'Look for its effects before starting it again: it may have run in part or whole.',
  },

  AD_PROVIDER_TARGET_INVALID: {
    ...caller,
    summary: "The target's details cannot be used.",
    hint: 'Correct the target details named in problems or message.',
  },
  AD_PROVIDER_INVALID_REQUEST: {
    ...provider,
    fault: 'caller',
    summary: 'The cloud refused the request as malformed.',
    hint: 'Correct what the message names.',
  },
  AD_PROVIDER_UNAUTHENTICATED: {
    ...operator,
    exit: 7,
    summary: 'No usable credentials for the account profile.',
    hint: 'Renew the credentials of the account profile named.',
  },
  AD_PROVIDER_DENIED: {
    ...operator,
    exit: 7,
    summary: 'The account may not do this.',
    hint: "Grant the permission named to the account profile's identity.",
  },
  AD_PROVIDER_NOT_FOUND: {
    ...provider,
    fault: 'operator',
    summary: 'The target does not exist in this account and region.',
    hint: "Check the target details and the account's region.",
  },
  AD_PROVIDER_CONFLICT: {
    ...provider,
    summary: 'The target is in a state that forbids this.',
    hint: "Look at the target's state and try again later.",
  },
  AD_PROVIDER_THROTTLED: { ...transient, summary: 'The cloud asked to slow down.', hint: 'Try again after a while.' },
  AD_PROVIDER_QUOTA: {
    ...transient,
    fault: 'operator',
    summary: 'A quota of the account is used up.',
    hint: 'Wait for other tasks to end, or raise the quota named.',
  },
  AD_PROVIDER_UNAVAILABLE: {
    ...transient,
    summary: 'The cloud or the agent did not answer, and nothing was begun.',
    hint: 'Try again after a while.',
  },
  AD_PROVIDER_AGENT_FAILED: {
    ...provider,
    summary: "The agent's container or program failed to start or to answer.",
    hint: "Read the task's log and the agent's own log.",
  },
  AD_PROVIDER_INTERNAL: {
    ...provider,
    summary: 'A failure that the provider did not foresee.',
    hint: "Read the message; report it to the provider's author if it persists.",
  },

  AD_PROTOCOL_RESPONSE: {
    ...provider,
    summary: "The agent's answer does not follow its protocol.",
    hint: 'Check that the target speaks the protocol of the request.',
  },
  AD_PROTOCOL_TOO_LARGE: {
    ...provider,
    summary: "The agent's answer is over the limit.",
    hint: 'Let the agent write large results to an artifact.',
  },
  AD_PROTOCOL_AGENT_ERROR: {
    ...ended,
    summary: 'The agent answered with an error.',
    hint: "Read the message and the task's log.",
  },
  AD_PROTOCOL_AGENT_REFUSED: {
    ...provider,
    fault: 'caller',
    summary: 'The agent cannot take what the request asks for; nothing was begun.',
    hint: 'Leave out or change what the message names, or choose another runtime.',
  },
  AD_PROTOCOL_AGENT_FULL: {
    ...transient,
    summary: 'The agent has no room for another run; nothing was begun.',
    hint: 'Try again after other tasks have ended, or lower maxConcurrent of the runtime profile.',
  },
  AD_PROTOCOL_CONFLICT: {
    ...provider,
    summary: 'The agent knows the run by another task or in another state than this host does.',
    hint: "Start the task again; if it recurs, report it with the task's log.",
  },
  AD_PROTOCOL_UNSUPPORTED: {
    ...operator,
    summary: 'This host has no driver for the protocol.',
    hint: 'Choose another protocol (list_runtimes), or update AgentDispatch.',
  },

  AD_STORE_UNAVAILABLE: {
    ...host,
    retryable: true,
    summary:
      'The state directory cannot be written or read now; `details.ambiguous` says whether the change may have happened.',
    hint: 'Check disk space and permissions of the state directory, then call again.',
  },
  AD_STORE_SESSION_LOST: {
    ...host,
    retryable: true,
    summary: 'Another dispatcher owns the state directory.',
    hint: 'Call again; the call reaches the new owner.',
  },
  AD_STORE_FENCED: { ...host, summary: 'A write came from an owner that was replaced.', hint: 'Call again.' },
  AD_STORE_CONFLICT: {
    ...host,
    retryable: true,
    summary: 'The task changed in between.',
    hint: 'Read the task and try again.',
  },
  AD_STORE_NOT_PRIVATE: {
    ...operator,
    summary: 'The state directory, or that of its socket, belongs to another user or is open to others.',
    hint: 'Name another, new directory as stateDir; or, if all in it is yours, close it to others (chmod 700).',
  },
  AD_STORE_SCHEMA: {
    ...operator,
    summary: 'The state directory, or a record in it, was written by a version that this one cannot read.',
    hint: 'Use the version of AgentDispatch that wrote it or a newer one, or use another stateDir. No task was changed.',
  },
  AD_STORE_CORRUPT: {
    ...host,
    summary: 'A stored record is damaged; the file is kept aside.',
    hint: 'Report the record named; other tasks are not affected.',
  },

  AD_DISPATCHER_START: {
    ...host,
    retryable: true,
    summary: 'The dispatcher did not start.',
    hint: 'Run `agentdispatch dispatcher run --foreground` to see why.',
  },
  AD_DISPATCHER_UNREACHABLE: {
    ...host,
    retryable: true,
    summary: 'A dispatcher is recorded but cannot be reached from here.',
    hint: 'Check `agentdispatch dispatcher status`; a sandbox may forbid the connection.',
  },
  AD_DISPATCHER_HELD: {
    ...operator,
    summary: 'A live dispatcher holds the state directory, so it cannot be hosted here.',
    hint: 'Use the one that runs (leave out `--engine inline`), or end it: `agentdispatch dispatcher stop`.',
  },
  AD_DISPATCHER_INCOMPATIBLE: {
    ...operator,
    summary: 'The running dispatcher has another version or configuration.',
    hint: 'Run `agentdispatch dispatcher stop`, then call again.',
  },
  AD_HOST_LISTEN: {
    ...operator,
    summary: 'This program cannot listen at the address that it was given.',
    hint: 'Choose another port or address, or end the program that holds it.',
  },
  AD_HOST_INTERNAL: {
    ...host,
    summary: 'A fault of this program.',
    hint: "Report it with the message and the dispatcher's log.",
  },
});

/** A stable error code. */
export type ErrorCode = keyof typeof ERRORS;

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);
