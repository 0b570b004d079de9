// Which protocols this host speaks. A new one is one line here; providers and engine stay as they are.
import type { Protocol } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import { httpProtocolDriver } from './http/http-driver.js';
import type { ProtocolDriver } from './protocol-driver.js';

const DRIVERS: Partial<Record<Protocol, ProtocolDriver>> = { http: httpProtocolDriver };

/** The protocol drivers of this host. */
export const protocolDrivers = {
  /** Errors: AD_PROTOCOL_UNSUPPORTED, with the spoken ones in `details.supported`. */
  get(protocol: Protocol): ProtocolDriver {
    const driver = Object.hasOwn(DRIVERS, protocol) ? DRIVERS[protocol] : undefined;
    if (driver !== undefined) return driver;
    const supported = Object.keys(DRIVERS);
    throw new DispatchError(
      'AD_PROTOCOL_UNSUPPORTED',
      `This host does not speak the protocol ${protocol}; it speaks ${supported.join(', ')}.`,
      { details: { protocol, supported } },
    );
  },
};
