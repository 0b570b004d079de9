import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { validate } from '@agent-dispatch/schemas';
import { errorPage } from './error-page.js';
import { DispatchError, ERRORS, fromJson, isDispatchError, isErrorCode, toDispatchError } from './index.js';

describe('the registry', () => {
  it.each(Object.keys(ERRORS))('%s is an error that front doors can show', (code) => {
    if (!isErrorCode(code)) throw new Error('not a code');
    expect(validate('DispatchErrorJson', new DispatchError(code, 'it happened').toJSON())).toEqual([]);
  });

  it('is what the error page shows', () => {
    const page = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
    expect(page).toBe(errorPage());
  });

  it('holds codes of the known areas only', () => {
    const areas = new Set(Object.keys(ERRORS).map((code) => code.split('_')[1]));
    expect([...areas].sort()).toEqual([
      'CONFIG',
      'DISPATCHER',
      'HOST',
      'INPUT',
      'PLUGIN',
      'POLICY',
      'PROTOCOL',
      'PROVIDER',
      'ROUTE',
      'STORE',
      'TASK',
    ]);
  });
});

describe('DispatchError', () => {
  it('is recognised from another copy of the package', () => {
    const foreign = Object.assign(new Error('x'), { [Symbol.for('agentdispatch:error@1')]: true });
    expect(isDispatchError(foreign)).toBe(true);
    expect(isDispatchError(new Error('x'))).toBe(false);
  });

  it('travels as JSON and back', () => {
    const error = new DispatchError('AD_INPUT_INVALID', 'wrong', {
      problems: [{ pointer: '/a', message: 'no' }],
      hint: 'mend it',
    });
    const back = fromJson(error.toJSON());
    expect(back.toJSON()).toEqual(error.toJSON());
  });

  it('wraps a foreign failure once and keeps its cause', () => {
    const cause = new TypeError('inner');
    const wrapped = toDispatchError(cause, 'AD_PROVIDER_INTERNAL');
    expect(wrapped).toMatchObject({ code: 'AD_PROVIDER_INTERNAL', message: 'inner', cause });
    expect(toDispatchError(wrapped)).toBe(wrapped);
  });

  it('becomes the fallback when it comes with an unknown code', () => {
    const json = { ...new DispatchError('AD_HOST_INTERNAL', 'x').toJSON(), code: 'AD_FUTURE_CODE' };
    expect(fromJson(json, 'AD_PROVIDER_INTERNAL').code).toBe('AD_PROVIDER_INTERNAL');
  });
});
