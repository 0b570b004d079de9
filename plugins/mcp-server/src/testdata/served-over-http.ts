// Our server on a loopback port over a real control plane, for tools that speak nothing but HTTP.
import type { Place } from '@agent-dispatch/test/e2e/support/place.js';
import { serveHttp } from '@agent-dispatch/test/conformance/support/http-server.js';
import { connectControlPlane } from '../connect-control-plane.js';
import { ControlPlaneLink } from '../control-plane-link.js';
import { createServerFactory } from '../server.js';

/** @returns where it listens, until the place ends. */
export async function servedOverHttp(place: Place): Promise<string> {
  const settings = { configPath: place.configFile, cwd: place.root, env: place.env };
  const link = new ControlPlaneLink(() => connectControlPlane(settings));
  place.atEnd(() => link.close());
  return await serveHttp(createServerFactory({ version: '0.0.0', link }), place);
}
