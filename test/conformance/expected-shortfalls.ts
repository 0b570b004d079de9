// What the conformance suite finds wrong with our server or cannot check on it, and why that is as it should be. Every
// line is held to: it must be found in each revision that has the scenario, and the suite must say what stands here. What
// travels over HTTP in a way of its own passes on an example server: plugins/mcp-server/src/http/conformance.test.ts.
import type { Revision } from './support/conformance.js';

export interface Shortfall {
  because: string;
  /** What the suite says of every check that this excuses. */
  says: RegExp;
  scenarios: readonly string[];
  /** Default: both. */
  revision?: Revision;
}

export const ofTheProduct: readonly Shortfall[] = [
  {
    because: "They call tools of the suite's own example server. Ours has its eleven tools and refuses others.",
    says: /Unknown tool: (?:test_\w+|greet|slow_compute|failing_job|protocol_error_job|confirm_delete|multi_input)\./,
    scenarios: [
      'tools-call-simple-text',
      'tools-call-image',
      'tools-call-audio',
      'tools-call-embedded-resource',
      'tools-call-mixed-content',
      'tools-call-error',
      'tools-call-with-progress',
      'tools-call-sampling',
      'tools-call-elicitation',
      'elicitation-sep1034-defaults',
      'elicitation-sep1330-enums',
      'input-required-result-basic-elicitation',
      'input-required-result-basic-sampling',
      'input-required-result-basic-list-roots',
      'input-required-result-request-state',
      'input-required-result-multiple-input-requests',
      'input-required-result-result-type',
      'input-required-result-capability-check',
      'input-required-result-ignore-extra-params',
      'tasks-lifecycle',
      'tasks-capability-negotiation',
      'tasks-wire-fields',
      'tasks-request-state-removal',
      'tasks-mrtr-input',
      'tasks-request-headers',
      'tasks-dispatch-and-envelope',
      'tasks-mrtr-composition',
    ],
  },
  {
    because: 'They go on from an answer of a tool that is not there.',
    says: /^(?:Not testable: (?:server (?:does not list the diagnostic|exposes no) tool|no task was created)|Prerequisite failed|Expected InputRequiredResult|routing-task fixture|Server returned JSON-RPC error instead of re-requesting|Tool 'json_schema_2020_12_tool' not found|tools\/call for failing_job returned error code -32602)/,
    scenarios: [
      'server-stateless',
      'json-schema-2020-12',
      'http-custom-header-server-validation',
      'input-required-result-missing-input-response',
      'input-required-result-multi-round',
      'input-required-result-tampered-state',
      'tasks-lifecycle',
      'tasks-wire-fields',
      'tasks-request-headers',
      'tasks-required-task-error',
    ],
  },
  {
    because: "They read resources of the suite's own example server.",
    says: /Resource not found: test:\/\//,
    scenarios: ['resources-read-text', 'resources-read-binary', 'resources-templates-read'],
  },
  {
    because: "They get prompts of the suite's own example server.",
    says: /Unknown prompt: test_/,
    scenarios: [
      'prompts-get-simple',
      'prompts-get-with-args',
      'prompts-get-embedded-resource',
      'prompts-get-with-image',
      'input-required-result-non-tool-request',
    ],
  },
  {
    because: 'The protocol has given up log messages to the client. What a task prints is read with get_task_logs.',
    says: /Method not found/,
    scenarios: ['logging-set-level', 'tools-call-with-logging'],
  },
  {
    because:
      'Over HTTP a client of the older era has no stream on which it could be told. Over stdio it may subscribe.',
    says: /Method not found/,
    scenarios: ['resources-subscribe', 'resources-unsubscribe'],
  },
  {
    because: 'Over HTTP each request stands for itself: no sessions, and no streams to take up again.',
    says: /did not provide session ID|did not send (?:priming event|retry field)/,
    scenarios: ['server-sse-multiple-streams', 'server-sse-polling'],
    revision: '2025-11-25',
  },
  {
    because: 'The suite skips them: lists never change, or it gave the check up.',
    says: /^SKIPPED$|^Skipped: SEP-2663/,
    scenarios: ['server-stateless', 'tasks-status-notifications'],
  },
];
