import { expect, it } from '@jest/globals';
import { httpProtocolDriver } from './http/http-driver.js';
import { protocolDrivers } from './registry.js';

it('finds the driver of a spoken protocol', async () => {
  expect(await protocolDrivers.get('http')).toBe(httpProtocolDriver);
});

it('refuses a protocol it does not speak and names those it does', async () => {
  await expect(protocolDrivers.get('stdio')).rejects.toThrow(
    expect.objectContaining({
      code: 'AD_PROTOCOL_UNSUPPORTED',
      details: { protocol: 'stdio', supported: ['http', 'a2a', 'ag-ui', 'mcp'] },
    }),
  );
});
