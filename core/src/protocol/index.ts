// How the host speaks to running agents: one driver for each protocol, each over any provider's channel.
export { httpProtocolDriver } from './http/http-driver.js';
export type { ProtocolDriver } from './protocol-driver.js';
export { protocolDrivers } from './registry.js';
export { speak } from './speak.js';
