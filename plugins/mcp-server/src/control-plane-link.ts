// The one control plane of this process: connected at the first call that needs it, shared by all, tried again by the
// next call when it could not be had. Knows nothing about MCP.
import type { ControlPlane } from '@agent-dispatch/core';
import { once } from './once.js';

export class ControlPlaneLink {
  #latest: Promise<ControlPlane> | undefined;
  /** Errors: those of connecting. */
  readonly controlPlane: () => Promise<ControlPlane>;

  constructor(connect: () => Promise<ControlPlane>) {
    this.controlPlane = once(() => (this.#latest = connect()));
  }

  /** Gives the control plane up; tasks go on where a dispatcher holds them. One that never came about is no loss. */
  async close(): Promise<void> {
    const plane = await this.#latest?.catch(() => undefined);
    await plane?.close();
  }
}
