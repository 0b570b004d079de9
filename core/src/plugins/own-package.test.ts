import { expect, it } from '@jest/globals';
import semver from 'semver';
import { hostVersion } from './own-package.js';

it('the host version is the one this package is published under', async () => {
  expect(semver.valid(await hostVersion())).not.toBeNull();
});
