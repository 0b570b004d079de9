// What others build on, as literals. A red pin asks: did you mean to change this? Then change the pin in the same commit,
// and tell users.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { ERRORS } from '@agent-dispatch/core/errors';

const readJson = (file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')) as Record<string, unknown>;

describe('pinned', () => {
  it('error codes: fault, retryable, exit code', () => {
    const codes = Object.entries(ERRORS).map(([code, { fault, retryable, exit }]) => [code, fault, retryable, exit]);
    expect(codes).toEqual(ERROR_CODES);
  });

  it.each(
    Object.entries({
      schemas: ['.', './package.json', './*.schema.json', './json-pointer', './tools'],
      core: [
        '.',
        './provider',
        './protocol',
        './errors',
        './testing',
        './dispatcher',
        './host',
        './catalogue.json',
        './package.json',
      ],
      cli: ['./package.json'],
      'plugins/mcp-server': ['.', './package.json'],
      'plugins/provider-local': ['.', './manifest.json', './package.json'],
      'plugins/provider-aws': ['.', './manifest.json', './package.json'],
      'plugins/worker': ['.', './package.json'],
    }),
  )('exports of %s', (folder, exported) => {
    expect(Object.keys(readJson(`${folder}/package.json`)['exports'] as object)).toEqual(exported);
  });

  it('states of a task', () => {
    const { $defs } = readJson('schemas/common.schema.json') as { $defs: { taskStatus: { enum: string[] } } };
    expect($defs.taskStatus.enum).toEqual([
      'queued',
      'provisioning',
      'starting',
      'running',
      'input_required',
      'cancelling',
      'completing',
      'succeeded',
      'failed',
      'cancelled',
      'lost',
    ]);
  });

  it('types of events', () => {
    const { properties } = readJson('schemas/event.schema.json') as { properties: { type: { enum: string[] } } };
    expect(properties.type.enum).toEqual([
      'accepted',
      'status',
      'attempt',
      'resources',
      'progress',
      'message',
      'receipt',
      'input_required',
      'input_received',
      'artifact',
      'gap',
      'cancel_requested',
      'cancel_level',
      'retry',
      'result',
      'error',
      'cleanup',
    ]);
  });

  it('required parts of a provider manifest', () => {
    const manifest = readJson('schemas/provider-manifest.schema.json') as {
      required: string[];
      $defs: Record<string, { required: string[] }>;
    };
    expect(manifest.required).toEqual(['apiVersion', 'provider', 'title', 'account', 'drivers']);
    expect(manifest.$defs['driver']?.required).toEqual([
      'name',
      'title',
      'capability',
      'offers',
      'targets',
      'features',
    ]);
    expect(manifest.$defs['offer']?.required).toEqual(['taskTypes', 'targetModes', 'protocols', 'spokenBy']);
    expect(manifest.$defs['features']?.required).toEqual(['logs', 'cancel', 'cleanupProof', 'isolation']);
  });

  it('commands of the CLI', () => {
    const { commands } = readJson('cli/oclif.manifest.json') as { commands: object };
    expect(Object.keys(commands).sort()).toEqual([
      'artifacts',
      'artifacts:get',
      'cancel',
      'config:show',
      'config:validate',
      'dispatcher:run',
      'dispatcher:status',
      'dispatcher:stop',
      'doctor',
      'explain',
      'gc',
      'init',
      'list',
      'logs',
      'mcp',
      'mcp:setup',
      'plugins',
      'plugins:list',
      'result',
      'run',
      'runtimes',
      'send',
      'status',
      'wait',
    ]);
  });
});

const ERROR_CODES = [
  ['AD_INPUT_INVALID', 'caller', false, 2],
  ['AD_INPUT_TOO_LARGE', 'caller', false, 2],
  ['AD_INPUT_UNREACHABLE', 'caller', true, 2],
  ['AD_INPUT_UNSUPPORTED', 'caller', false, 2],
  ['AD_INPUT_CURSOR', 'caller', false, 2],
  ['AD_INPUT_IDEMPOTENCY_CONFLICT', 'caller', false, 2],
  ['AD_INPUT_FILE_UNREADABLE', 'caller', false, 2],
  ['AD_INPUT_DIGEST_MISMATCH', 'caller', false, 2],
  ['AD_CONFIG_NOT_FOUND', 'operator', false, 3],
  ['AD_CONFIG_UNREADABLE', 'operator', false, 3],
  ['AD_CONFIG_SYNTAX', 'operator', false, 3],
  ['AD_CONFIG_INVALID', 'operator', false, 3],
  ['AD_CONFIG_EXISTS', 'operator', false, 3],
  ['AD_CONFIG_LINK', 'operator', false, 3],
  ['AD_CONFIG_CHANGED', 'operator', true, 3],
  ['AD_CONFIG_HTTP_ACCESS', 'operator', false, 3],
  ['AD_CONFIG_SECRET_UNRESOLVED', 'operator', false, 3],
  ['AD_CONFIG_TELEMETRY', 'operator', false, 3],
  ['AD_PLUGIN_INSTALL', 'operator', false, 3],
  ['AD_PLUGIN_NOT_FOUND', 'operator', false, 3],
  ['AD_PLUGIN_NOT_INSTALLED', 'operator', false, 3],
  ['AD_PLUGIN_MANIFEST', 'operator', false, 3],
  ['AD_PLUGIN_INCOMPATIBLE', 'operator', false, 3],
  ['AD_PLUGIN_NOT_ALLOWED', 'operator', false, 3],
  ['AD_PLUGIN_DUPLICATE', 'operator', false, 3],
  ['AD_PLUGIN_LOAD', 'operator', false, 3],
  ['AD_PLUGIN_CONTRACT', 'operator', false, 3],
  ['AD_ROUTE_NO_MATCH', 'caller', false, 2],
  ['AD_ROUTE_UNKNOWN_RUNTIME', 'caller', false, 2],
  ['AD_ROUTE_UNKNOWN_ACCOUNT', 'caller', false, 2],
  ['AD_ROUTE_ACCOUNT_MISMATCH', 'caller', false, 2],
  ['AD_POLICY_DENIED', 'caller', false, 4],
  ['AD_POLICY_CONFIRMATION', 'caller', false, 4],
  ['AD_POLICY_LOCAL_ONLY', 'caller', false, 4],
  ['AD_POLICY_CREDENTIALS', 'caller', false, 4],
  ['AD_TASK_NOT_FOUND', 'caller', false, 5],
  ['AD_TASK_ARTIFACT_NOT_FOUND', 'caller', false, 5],
  ['AD_TASK_ARTIFACT_MISMATCH', 'host', true, 8],
  ['AD_TASK_VALUE_TOO_LARGE', 'caller', false, 2],
  ['AD_TASK_FAILED', 'provider', false, 6],
  ['AD_TASK_MODEL_DENIED', 'operator', false, 6],
  ['AD_TASK_MODEL_UNAVAILABLE', 'provider', false, 6],
  ['AD_TASK_TIMEOUT', 'caller', false, 6],
  ['AD_TASK_PROVISION_TIMEOUT', 'provider', false, 6],
  ['AD_TASK_IDLE_TIMEOUT', 'provider', false, 6],
  ['AD_TASK_OUTCOME_UNKNOWN', 'provider', false, 6],
  ['AD_PROVIDER_TARGET_INVALID', 'caller', false, 2],
  ['AD_PROVIDER_INVALID_REQUEST', 'caller', false, 7],
  ['AD_PROVIDER_UNAUTHENTICATED', 'operator', false, 7],
  ['AD_PROVIDER_DENIED', 'operator', false, 7],
  ['AD_PROVIDER_NOT_FOUND', 'operator', false, 7],
  ['AD_PROVIDER_CONFLICT', 'provider', false, 7],
  ['AD_PROVIDER_THROTTLED', 'provider', true, 7],
  ['AD_PROVIDER_QUOTA', 'operator', true, 7],
  ['AD_PROVIDER_UNAVAILABLE', 'provider', true, 7],
  ['AD_PROVIDER_AGENT_FAILED', 'provider', false, 7],
  ['AD_PROVIDER_INTERNAL', 'provider', false, 7],
  ['AD_PROTOCOL_RESPONSE', 'provider', false, 7],
  ['AD_PROTOCOL_TOO_LARGE', 'provider', false, 7],
  ['AD_PROTOCOL_AGENT_ERROR', 'provider', false, 6],
  ['AD_PROTOCOL_AGENT_REFUSED', 'caller', false, 7],
  ['AD_PROTOCOL_AGENT_FULL', 'provider', true, 7],
  ['AD_PROTOCOL_CONFLICT', 'provider', false, 7],
  ['AD_PROTOCOL_UNSUPPORTED', 'operator', false, 3],
  ['AD_STORE_UNAVAILABLE', 'host', true, 8],
  ['AD_STORE_SESSION_LOST', 'host', true, 8],
  ['AD_STORE_FENCED', 'host', false, 8],
  ['AD_STORE_CONFLICT', 'host', true, 8],
  ['AD_STORE_NOT_PRIVATE', 'operator', false, 3],
  ['AD_STORE_SCHEMA', 'operator', false, 3],
  ['AD_STORE_CORRUPT', 'host', false, 8],
  ['AD_DISPATCHER_START', 'host', true, 8],
  ['AD_DISPATCHER_UNREACHABLE', 'host', true, 8],
  ['AD_DISPATCHER_HELD', 'operator', false, 3],
  ['AD_DISPATCHER_INCOMPATIBLE', 'operator', false, 3],
  ['AD_HOST_LISTEN', 'operator', false, 3],
  ['AD_HOST_INTERNAL', 'host', false, 8],
];
