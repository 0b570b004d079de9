import { expect, it } from '@jest/globals';
import { httpProtocolDriver } from './http/http-driver.js';
import { protocolDrivers } from './registry.js';

it('finds the driver of a spoken protocol', () => {
  expect(protocolDrivers.get('http')).toBe(httpProtocolDriver);
});

it('refuses a protocol it does not speak and names those it does', () => {
  expect(() => protocolDrivers.get('stdio')).toThrow(
    expect.objectContaining({ code: 'AD_PROTOCOL_UNSUPPORTED', details: { protocol: 'stdio', supported: ['http'] } }),
  );
});
