// Which protocols this host speaks. A new one is one line here; providers and engine stay as they are. Each is loaded when
// it is first spoken.
import type { Protocol } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import type { ProtocolDriver } from './protocol-driver.js';

const DRIVERS: Partial<Record<Protocol, () => Promise<ProtocolDriver>>> = {
  http: async () => (await import('./http/http-driver.js')).httpProtocolDriver,
  a2a: async () => (await import('./a2a/a2a-driver.js')).a2aProtocolDriver,
  'ag-ui': async () => (await import('./ag-ui/ag-ui-driver.js')).agUiProtocolDriver,
  mcp: async () => (await import('./mcp/mcp-driver.js')).mcpProtocolDriver,
};

/** The protocol drivers of this host. */
export const protocolDrivers = {
  /** Errors: AD_PROTOCOL_UNSUPPORTED, with the spoken ones in `details.supported`. */
  async get(protocol: Protocol): Promise<ProtocolDriver> {
    const load = Object.hasOwn(DRIVERS, protocol) ? DRIVERS[protocol] : undefined;
    if (load !== undefined) return load();
    const supported = Object.keys(DRIVERS);
    throw new DispatchError(
      'AD_PROTOCOL_UNSUPPORTED',
      `This host does not speak the protocol ${protocol}; it speaks ${supported.join(', ')}.`,
      { details: { protocol, supported } },
    );
  },
};
