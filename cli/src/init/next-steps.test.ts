import { describe, expect, it } from '@jest/globals';
import { renderInit } from './next-steps.js';

const target = { mode: 'job', protocol: 'stdio' } as const;
const rendered = (taskType: 'agent.run' | 'command.run' | undefined, installed = true): string => {
  const runtime = { account: 'a', target, ...(taskType && { taskType }) };
  const answer = { file: '/c.json', provider: 'p', runtime: 'r', installed, config: { runtimes: { r: runtime } } };
  return renderInit(answer, '@x/p');
};

describe('after init', () => {
  it('comes a run of what the runtime runs', () => {
    expect(rendered(undefined)).toContain('agentdispatch run "<instruction>" --wait');
    expect(rendered('command.run')).toContain('agentdispatch run --wait --command -- <program>');
    expect(rendered('command.run')).not.toContain('<instruction>');
  });

  it('comes the installation first where the package is not there', () => {
    expect(rendered(undefined)).not.toContain('plugins install');
    expect(rendered(undefined, false)).toMatch(/Next:\n {2}agentdispatch plugins install @x\/p\n/);
  });
});
