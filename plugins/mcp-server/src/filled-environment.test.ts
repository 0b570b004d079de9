import { expect, it } from '@jest/globals';
import { filledEnvironment } from './filled-environment.js';

it('a reference that the client did not fill in counts as not set', () => {
  const env = { AWS_PROFILE: '${AWS_PROFILE}', A: '${B}', B: 'x ${B}', C: '', D: undefined };
  expect(filledEnvironment(env)).toEqual({ A: '${B}', B: 'x ${B}', C: '', D: undefined });
});
