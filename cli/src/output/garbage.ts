// What gc found, as text.
import type { CollectGarbageOutput } from '@agent-dispatch/schemas';
import { table } from './table.js';
import { oneLine } from './terminal-text.js';

export function renderGarbage({ findings, not_looked_at: unseen, applied }: CollectGarbageOutput): string {
  const left = findings.filter(
    ({ state, action }) => action === 'none' && (state === 'leaked' || state === 'abandoned'),
  );
  return [
    findings.length === 0 ? 'Nothing found.' : renderFindings(findings),
    ...findings.flatMap(({ resource_id: id, error }) => (error ? [`${oneLine(id)}: ${oneLine(error.message)}`] : [])),
    ...unseen.map(({ account_profile: account, provider, driver, reason }) => {
      const place = [provider, driver].filter((part) => part !== undefined).join('/');
      return `Not looked at: ${oneLine(account)} (${oneLine(place)}): ${oneLine(reason)}`;
    }),
    ...(left.length > 0 && !applied ? ['Remove what no task holds with: agentdispatch gc --apply'] : []),
  ].join('\n');
}

const renderFindings = (findings: CollectGarbageOutput['findings']): string =>
  table(
    ['STATE', 'ACTION', 'KIND', 'RESOURCE', 'ACCOUNT', 'TASK', 'CREATED'],
    findings.map((found) => [
      found.state,
      found.proof === undefined ? found.action : `${found.action} (${found.proof})`,
      found.kind,
      found.resource_id,
      found.account_profile,
      found.task_id,
      found.created_at,
    ]),
  );
