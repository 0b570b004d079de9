import { describe, expect, it } from '@jest/globals';
import { PROTOCOL, type HelloRequest } from './hello.js';
import { judgeHello } from './judge-hello.js';

const own = { version: '1.4.0', configDigest: 'same' };
const alike: HelloRequest = { protocol: PROTOCOL, stateSchema: 1, version: '1.4.0', configDigest: 'same', client: 'c' };
const looking = { ...alike, configDigest: undefined };

describe('a front door', () => {
  it.each<[string, HelloRequest, string, string]>([
    ['fits, of the same version and configuration', alike, 'fit', 'fit'],
    ['with another configuration', { ...alike, configDigest: 'other' }, 'replaced', 'stale'],
    ['that only looks replaces nobody', looking, 'stale', 'stale'],
    ['that only looks replaces nobody, being newer', { ...looking, version: '2.0.0' }, 'stale', 'stale'],
    ['of a newer version', { ...alike, version: '1.4.1' }, 'replaced', 'stale'],
    ['of a newer major version', { ...alike, version: '2.0.0' }, 'replaced', 'stale'],
    ['of a newer pre-release', { ...alike, version: '1.5.0-beta.1' }, 'replaced', 'stale'],
    ['of an older version', { ...alike, version: '1.3.9' }, 'outdated', 'outdated'],
    ['of an older pre-release', { ...alike, version: '1.4.0-beta.1' }, 'outdated', 'outdated'],
    ['that writes an older state schema', { ...alike, stateSchema: 0, version: '9.0.0' }, 'outdated', 'outdated'],
    ['that writes a newer state schema', { ...alike, stateSchema: 2 }, 'replaced', 'stale'],
    ['whose version is none', { ...alike, version: 'next' }, 'outdated', 'outdated'],
    ['of a later protocol', { ...alike, protocol: PROTOCOL + 1, version: '2.0.0' }, 'replaced', 'refused'],
    ['of an earlier protocol', { ...alike, protocol: PROTOCOL - 1, version: '0.9.0' }, 'refused', 'refused'],
  ])('%s', (_what, request, whenIdle, whenAtWork) => {
    const verdict = (isIdle: boolean): string => {
      try {
        return judgeHello({ ...own, isIdle }, request);
      } catch (error) {
        expect(error).toMatchObject({ code: 'AD_DISPATCHER_INCOMPATIBLE' });
        return 'refused';
      }
    };
    expect([verdict(true), verdict(false)]).toEqual([whenIdle, whenAtWork]);
  });
});
