// Compares the drivers that a plugin's code gives with those its manifest declares: each has every verb declared, and
// none that is not.
import {
  escapePointer,
  type Problem,
  type ProviderManifest,
  type ProviderManifestDriver,
} from '@agent-dispatch/schemas';
import { isRecord } from '../config/record.js';
import type { Driver } from '../provider/index.js';

type Verb = keyof Driver;

/** When a driver has the verb. `handoff` may always be there. */
const DECLARED: Readonly<Record<Exclude<Verb, 'handoff'>, (driver: ProviderManifestDriver) => boolean>> = {
  plan: () => true,
  provision: () => true,
  cancel: () => true,
  cleanup: () => true,
  start: ({ offers }) => offers.some(({ spokenBy }) => spokenBy === 'driver'),
  resume: ({ offers }) => offers.some(({ spokenBy }) => spokenBy === 'driver'),
  channel: ({ offers }) => offers.some(({ spokenBy }) => spokenBy === 'host'),
  // Over a channel the host's protocol driver sends.
  send: ({ offers }) =>
    offers.some(({ spokenBy, send = 'unsupported' }) => spokenBy === 'driver' && send !== 'unsupported'),
  check: ({ features: { check = false } }) => check !== false,
  sweep: ({ features }) => features.sweep === true,
};

/** Pointers are into the object that `create` returned. */
export function driverProblems(manifest: ProviderManifest, provider: unknown): Problem[] {
  const drivers = isRecord(provider) ? provider['drivers'] : undefined;
  if (!isRecord(drivers)) return [{ pointer: '/drivers', message: 'create must return an object with drivers' }];
  const declared = manifest.drivers.map(({ name }) => name);
  const undeclared = Object.keys(drivers).filter((name) => !declared.includes(name));
  return [
    ...undeclared.map((name) => ({ pointer: pointerTo(name), message: 'the manifest does not declare this driver' })),
    ...manifest.drivers.flatMap((driver) => verbProblems(driver, drivers[driver.name])),
  ];
}

function verbProblems(declared: ProviderManifestDriver, driver: unknown): Problem[] {
  const pointer = pointerTo(declared.name);
  if (!isRecord(driver)) return [{ pointer, message: 'the manifest declares this driver, and it is missing' }];
  return Object.entries(DECLARED).flatMap(([verb, isDeclared]) => {
    const present = typeof driver[verb] === 'function';
    if (present === isDeclared(declared)) return [];
    const message = present
      ? 'the manifest does not declare this verb'
      : 'the manifest calls for this verb, and it is missing';
    return [{ pointer: `${pointer}/${verb}`, message }];
  });
}

const pointerTo = (driver: string): string => `/drivers/${escapePointer(driver)}`;
