// Connections on which an answer may be silent for long. What stands between us and the service, such as a NAT gateway, forgets
// a connection on which nothing passes, after minutes and without a word to either end: so the system probes it meanwhile.
// A connection that is dead all the same is noticed by that.
import http from 'node:http';
import https from 'node:https';
import { Socket } from 'node:net';

/** Shorter than the patience of what is known: 350 s of AWS's NAT gateways, 60 s and more of others. */
const PROBE_MS = 45_000;

/** Each call has a fresh connection, however many there are at a time. */
const FRESH = { keepAlive: false, maxSockets: Infinity };

class HttpAgent extends http.Agent {
  override createConnection(...given: Parameters<http.Agent['createConnection']>) {
    return probed(super.createConnection(...given));
  }
}

class HttpsAgent extends https.Agent {
  override createConnection(...given: Parameters<https.Agent['createConnection']>) {
    return probed(super.createConnection(...given));
  }
}

/** Of one client, which closes them with itself. */
export const probedAgents = (): { httpAgent: http.Agent; httpsAgent: https.Agent } => ({
  httpAgent: new HttpAgent(FRESH),
  httpsAgent: new HttpsAgent(FRESH),
});

/** The same connection, once it stands, with probes. */
export function probed<Connection>(connection: Connection): Connection {
  if (connection instanceof Socket) connection.once('connect', () => connection.setKeepAlive(true, PROBE_MS));
  return connection;
}
