import { afterEach, describe, expect, it } from '@jest/globals';
import type { CheckFinding } from '../provider/index.js';
import { Desk } from './testdata/control-plane.js';

const FOUND: CheckFinding = { name: 'agent', status: 'fail', message: 'it is not installed', fix: 'Install it.' };

let desk: Desk;

afterEach(() => desk.controlPlane.close());

describe('a driver', () => {
  it.each([
    { declared: true as const, live: false, isAsked: false },
    { declared: true as const, live: true, isAsked: true },
    { declared: 'offline' as const, live: false, isAsked: true },
    { declared: 'offline' as const, live: true, isAsked: true },
  ])('that declares check as $declared is asked, with live $live: $isAsked', async ({ declared, live, isAsked }) => {
    desk = await Desk.open({ check: { declared, findings: [FOUND] } });
    const { ok, checks } = await desk.controlPlane.check({ live });
    expect(checks.some(({ name }) => name === FOUND.name)).toBe(isAsked);
    expect(ok).toBe(!isAsked);
  });
});
