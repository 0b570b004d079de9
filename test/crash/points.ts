// The named crash points, as data: `<place>.<effect>.<before|after>`. Whoever adds an effect to the dispatcher adds its
// name here; a run that passes a point without a name, or never kills at one of these, fails.
import type { Kind } from './support/world.js';

/** keyed, numbered and streamed are those of the fault-injecting provider. */
export type DriverName = 'local' | 'local-worker' | 'aws' | 'aws-worker' | 'keyed' | 'numbered' | 'streamed';

const FAULTY = ['keyed', 'numbered', 'streamed'] as const;
const RESUMABLE = ['local', 'local-worker', 'aws-worker', 'keyed', 'numbered'] as const;
/** In sessions of the fake AgentCore. */
const SESSIONS = ['aws', 'aws-worker'] as const;
/** Spoken to by the host. */
const CHANNELS = ['local-worker', ...SESSIONS] as const;

/** How a task comes to pass a point. */
export interface Way {
  /** Default quick. */
  kind?: Kind;
  /** Its task is cancelled while its work runs, or while it is held at a place of diary.ts. */
  cancelled?: 'running' | { held: string };
  /** The dispatcher before is killed there, and its task is taken up again. */
  recovered?: string;
  /** The journal ends in half a line, as a kill in mid-write leaves it. */
  torn?: true;
  /** Ended tasks are removed, as retention does it. */
  purged?: true;
  /** Passed in a new state directory alone. */
  fresh?: true;
}

interface Group {
  place: string;
  effects: readonly string[];
  way?: Way;
  /** Who passes it. Default all. */
  drivers?: readonly DriverName[];
}

export interface Point {
  name: string;
  way: Way;
}

const CANCELLED: Way = { kind: 'endless', cancelled: 'running' };
/** A start that may be under way still: it is cancelled once more when it must have landed. */
const CANCELLED_EARLY: Way = { cancelled: { held: 'input-read#3' } };
const RECOVERED: Way = { recovered: 'driver.start.attached.after' };
const LARGE: Way = { kind: 'large' };
const TOLD = ['write', 'sync', 'check'];
/** The place itself is what is done. */
const CALL = [''];
const WHOLE = ['create', 'write', 'sync', 'rename'];

const GROUPS: readonly Group[] = [
  // Becoming the owner.
  { place: 'state-directory', effects: ['make', 'sync'] },
  { place: 'parent-directory', effects: ['sync'], way: { fresh: true } },
  { place: 'installation', effects: WHOLE, way: { fresh: true } },
  { place: 'installation', effects: ['remove'], way: { fresh: true, recovered: 'installation.sync.before' } },
  { place: 'epoch', effects: ['create', 'write', 'sync', 'link', 'remove'] },
  { place: 'journal-directory', effects: ['make', 'sync'] },
  { place: 'checkpoint-directory', effects: ['make'] },
  { place: 'damaged-directory', effects: ['make'] },
  { place: 'journal.settle', effects: ['sync'] },
  { place: 'journal.settle', effects: ['cut'], way: { torn: true } },
  { place: 'journal.segment', effects: ['create', 'write', 'sync'] },

  // Accepting a task.
  { place: 'incoming-directory', effects: ['make'] },
  { place: 'task-directory', effects: ['make', 'sync'] },
  { place: 'blob.captured', effects: WHOLE, drivers: ['local'] },
  { place: 'blob.input', effects: WHOLE },
  { place: 'journal.accepted', effects: TOLD },
  { place: 'incoming', effects: ['remove'] },
  { place: 'acknowledgement.dispatch', effects: CALL },
  { place: 'journal.claim', effects: TOLD },

  // Its way to the work.
  { place: 'driver.plan', effects: CALL },
  { place: 'journal.provisioning', effects: TOLD },
  { place: 'driver.provision.call', effects: CALL },
  { place: 'driver.provision.handle', effects: CALL, drivers: ['local', 'local-worker'] },
  { place: 'driver.provision.progress', effects: CALL, drivers: [...SESSIONS, ...FAULTY] },
  { place: 'journal.progress', effects: TOLD, drivers: [...SESSIONS, ...FAULTY] },
  { place: 'journal.starting', effects: TOLD },
  { place: 'driver.start.call', effects: CALL },
  { place: 'driver.channel.fetch', effects: CALL, drivers: CHANNELS },
  { place: 'driver.start.handle', effects: CALL, drivers: ['local-worker', 'aws-worker', 'numbered'] },
  { place: 'journal.handle', effects: TOLD, drivers: ['local', 'local-worker', 'aws-worker', 'numbered'] },
  { place: 'driver.start.attached', effects: CALL, drivers: ['local', ...CHANNELS, 'keyed', 'numbered'] },
  { place: 'journal.running', effects: TOLD },

  // What it tells, and its end.
  { place: 'driver.start.log', effects: CALL },
  { place: 'log', effects: ['write'] },
  { place: 'driver.start.artifact', effects: CALL, drivers: ['local'] },
  { place: 'blob.artifact', effects: WHOLE, drivers: ['local'] },
  { place: 'journal.artifact', effects: TOLD, drivers: ['local'] },
  { place: 'events', effects: ['write', 'sync'], way: { kind: 'many' }, drivers: ['local'] },
  { place: 'driver.start.ended', effects: CALL },
  { place: 'journal.completing', effects: TOLD, way: LARGE, drivers: ['local'] },
  { place: 'blob.result', effects: WHOLE, way: LARGE, drivers: ['local', ...CHANNELS] },
  { place: 'journal.succeeded', effects: TOLD },
  { place: 'driver.cleanup', effects: CALL },
  { place: 'journal.cleanup-done', effects: TOLD },
  { place: 'document', effects: WHOLE },

  // Another dispatcher takes it up. `record`: what changed is no event.
  { place: 'driver.resume.call', effects: CALL, way: RECOVERED, drivers: RESUMABLE },
  { place: 'driver.resume.attached', effects: CALL, way: RECOVERED, drivers: RESUMABLE },
  { place: 'driver.resume.log', effects: CALL, way: RECOVERED, drivers: RESUMABLE },
  { place: 'driver.resume.artifact', effects: CALL, way: RECOVERED, drivers: ['local'] },
  { place: 'driver.resume.ended', effects: CALL, way: RECOVERED, drivers: RESUMABLE },
  {
    place: 'driver.resume.handle',
    effects: CALL,
    way: { recovered: 'driver.start.handle.before' },
    drivers: ['numbered'],
  },
  {
    place: 'driver.resume.not_started',
    effects: CALL,
    way: { recovered: 'journal.starting.check.after' },
    drivers: ['numbered'],
  },
  { place: 'journal.record', effects: TOLD, drivers: FAULTY },
  { place: 'journal.record', effects: TOLD, way: RECOVERED, drivers: ['local', 'local-worker', 'aws-worker'] },
  { place: 'journal.record', effects: TOLD, way: { recovered: 'driver.channel.fetch.before' }, drivers: ['aws'] },
  { place: 'journal.lost', effects: TOLD, way: { recovered: 'driver.start.log.before' }, drivers: ['aws', 'streamed'] },

  // It is cancelled.
  { place: 'journal.posted-cancel', effects: TOLD, way: CANCELLED },
  { place: 'journal.cancelling', effects: TOLD, way: CANCELLED },
  { place: 'acknowledgement.cancel', effects: CALL, way: CANCELLED },
  { place: 'driver.start.unknown', effects: CALL, way: CANCELLED, drivers: ['aws'] },
  { place: 'protocol.cancel', effects: CALL, way: CANCELLED, drivers: CHANNELS },
  { place: 'driver.cancel', effects: CALL, way: CANCELLED },
  { place: 'journal.cancel-level', effects: TOLD, way: CANCELLED_EARLY, drivers: [...SESSIONS, 'keyed', 'streamed'] },
  { place: 'journal.cancelled', effects: TOLD, way: CANCELLED },

  // Rotation and what follows from it.
  { place: 'epoch', effects: ['check'] },
  { place: 'checkpoint', effects: [...WHOLE, 'remove'] },
  { place: 'checkpoint-directory', effects: ['sync'] },
  { place: 'journal.segment', effects: ['remove'] },
  { place: 'journal.purge', effects: TOLD, way: { purged: true }, drivers: ['local'] },
  { place: 'task-directory', effects: ['remove'], way: { purged: true }, drivers: ['local'] },
  // Of a task that was never accepted.
  {
    place: 'task-directory',
    effects: ['remove'],
    way: { recovered: 'blob.input.rename.after' },
    drivers: [...CHANNELS, ...FAULTY],
  },
];

/** All points of a driver, in the order of the list. */
export const pointsOf = (driver: DriverName): Point[] =>
  GROUPS.filter(({ drivers }) => drivers?.includes(driver) ?? true).flatMap(({ place, effects, way = {} }) =>
    effects
      .map((effect) => (effect === '' ? place : `${place}.${effect}`))
      .flatMap((name) => [`${name}.before`, `${name}.after`])
      .map((name) => ({ name, way })),
  );
