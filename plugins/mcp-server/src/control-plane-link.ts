// The one control plane of this process: connected at the first call that needs it, shared by all, tried again by the
// next call when it could not be had. Knows nothing about MCP.
import type { ControlPlane } from '@agent-dispatch/core';

export class ControlPlaneLink {
  #connected: Promise<ControlPlane> | undefined;

  constructor(private readonly connect: () => Promise<ControlPlane>) {}

  /** Errors: those of connecting. */
  async controlPlane(): Promise<ControlPlane> {
    const connected = (this.#connected ??= this.connect());
    try {
      return await connected;
    } catch (error) {
      if (this.#connected === connected) this.#connected = undefined;
      throw error;
    }
  }

  /** Gives the control plane up; tasks go on where a dispatcher holds them. One that never came about is no loss. */
  async close(): Promise<void> {
    const plane = await this.#connected?.catch(() => undefined);
    await plane?.close();
  }
}
