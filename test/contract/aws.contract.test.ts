// The AWS provider keeps the provider contract, in every combination that its manifest declares: the real SDK against the fake
// AgentCore.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { it } from '@jest/globals';
import { runProviderContract } from '@agent-dispatch/core/testing';
import plugin from '@agent-dispatch/provider-aws';
import type { ProviderManifest } from '@agent-dispatch/schemas';
import { repository } from '../e2e/support/place.js';
import { a2aWork } from './support/aws-a2a.js';
import { aguiWork } from './support/aws-agui.js';
import { mcpWork } from './support/aws-mcp.js';
import { plainWork } from './support/aws-plain.js';
import { workerWork } from './support/aws-worker.js';
import { type Cell, openCloud, type Work } from './support/aws-world.js';

const manifest = JSON.parse(
  readFileSync(path.join(repository, 'plugins/provider-aws/manifest.json'), 'utf8'),
) as ProviderManifest;

const cells = manifest.drivers.flatMap(({ offers }) =>
  offers.flatMap(({ taskTypes, targetModes, protocols, where }) =>
    taskTypes.flatMap((taskType) =>
      targetModes.flatMap((targetMode) =>
        protocols.map((protocol): Cell => ({ taskType, targetMode, protocol, ...(where && { where }) })),
      ),
    ),
  ),
);

function workOf(cell: Cell): Work {
  if (cell.where !== undefined) return workerWork();
  const ofOthers = { a2a: a2aWork, 'ag-ui': aguiWork, http: plainWork, mcp: mcpWork, stdio: plainWork };
  return (cell.taskType === 'agent.run' ? ofOthers[cell.protocol] : plainWork)(cell);
}

runProviderContract({
  test: (title, run) => it(title, run, 60_000),
  createProvider: (host) => plugin.create(host),
  manifest,
  cases: cells.map((cell) => ({ driver: 'agentcore', ...cell, open: () => openCloud(cell, workOf(cell)) })),
});
