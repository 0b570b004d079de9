// What each subject has of its own in a server that many share: its view of the control plane, and the watch behind what it
// listens to.
import type { ControlPlane } from '@agent-dispatch/core';
import { onBehalfOf } from '../on-behalf-of.js';
import { ResourceUpdates, type ResourceUpdatesOptions } from '../resources/resource-updates.js';

export interface OwnParts {
  link: { controlPlane: () => Promise<ControlPlane> };
  updates: ResourceUpdates;
}

/** Made once for each: the configuration names the subjects, so there are few. @param stop ends the waiting of calls. */
export function ownParts(
  plane: () => Promise<ControlPlane>,
  { stop, ...options }: ResourceUpdatesOptions & { stop: AbortSignal },
): (subject: string) => OwnParts {
  const made = new Map<string, OwnParts>();
  const make = (subject: string): OwnParts => {
    const controlPlane = async (): Promise<ControlPlane> => onBehalfOf(await plane(), { subject, stop });
    return { link: { controlPlane }, updates: new ResourceUpdates(controlPlane, options) };
  };
  return (subject) => {
    const own = made.get(subject) ?? make(subject);
    made.set(subject, own);
    return own;
  };
}
