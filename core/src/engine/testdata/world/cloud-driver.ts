// A driver of the modelled cloud, honest as the contract asks, whose every answer the script chooses. It has an effect
// only while it is not told to stop, and each of its steps takes a turn of its host.
import type { CleanupProof, Handle, Resource } from '@agent-dispatch/schemas';
import { DispatchError } from '../../../errors/index.js';
import type { Driver, DriverContext, DriverEvent } from '../../../provider/index.js';
import { ACCEPTED_MS, idOf, IMAGE, type AttemptName, type Cloud, type Work } from './cloud.js';
import { KEEP_SECONDS, type Answers, type Kind, type Piece, type TaskScript } from './script.js';
import type { Timeline } from './timeline.js';

export interface Witness {
  /** The host calls a verb. */
  called(verb: keyof Answers, handle: Handle, context: DriverContext): void;
  /** The host comes for the next event after a handle. */
  tookHandle(handle: Handle, context: DriverContext): void;
  /** The cloud is about to remove these. */
  removes(resources: readonly Resource[], context: DriverContext): void;
  /** A start was refused because something it needs is gone. */
  lacks(context: DriverContext): void;
}

/** What the drivers of all hosts share: answers that were given are not given again. */
export interface Stage {
  timeline: Timeline;
  cloud: Cloud;
  witness: Witness;
  scriptOf: (taskId: string) => TaskScript;
}

const throttled = (): Error => new DispatchError('AD_PROVIDER_THROTTLED', 'slow down');
const denied = (): Error => new DispatchError('AD_PROVIDER_DENIED', 'you may not');
const ambiguous = (): Error =>
  new DispatchError('AD_PROVIDER_UNAVAILABLE', 'no answer', { details: { ambiguous: true } });
const brokenOff = (): Error => new Error('socket hang up');

/** Settles when told to stop, and not before. */
const untilStopped = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const stop = (): void => reject(brokenOff());
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
const never = (): Promise<never> => new Promise(() => undefined);

const SCOPES: Readonly<Record<Kind, string>> = {
  box: 'attempt',
  session: 'attempt',
  disk: 'task',
  kept: 'task',
  image: 'shared:image',
  target: 'borrowed',
};

const resourceOf = (kind: Kind, name: AttemptName): Resource => ({
  id: idOf(kind, name),
  kind,
  scope: SCOPES[kind],
  ...(kind === 'kept' && { keepSeconds: KEEP_SECONDS }),
});

/** @param host whose turns it takes. */
export function cloudDriver(host: string, stage: Stage): Driver {
  const { timeline, cloud, witness } = stage;

  async function call<Verb extends keyof Answers>(
    verb: Verb,
    handle: Handle,
    context: DriverContext,
  ): Promise<{ script: TaskScript; name: AttemptName; answer: Answers[Verb][number] | undefined }> {
    witness.called(verb, handle, context);
    const { taskId, attempt, signal } = context;
    const script = stage.scriptOf(taskId);
    await timeline.turn(host, `${verb} reaches the cloud`);
    signal.throwIfAborted();
    return { script, name: { taskId, attempt }, answer: script.answers[verb].shift() };
  }

  /** A name that only this call taught: made when the host has it. */
  async function* names(kind: string, handle: Handle, context: DriverContext): AsyncGenerator<DriverEvent> {
    const id = idOf(kind, context);
    const known = handle.resources.filter((resource) => resource.id !== id);
    const wider: Handle = { ...handle, resources: [...known, { id, kind, scope: 'attempt' }] };
    yield { type: 'handle', handle: wider };
    witness.tookHandle(wider, context);
    context.signal.throwIfAborted();
    cloud.make(id, context.taskId);
  }

  async function* provision(handle: Handle, context: DriverContext): AsyncGenerator<DriverEvent> {
    const { script, name, answer } = await call('provision', handle, context);
    const { signal, clock } = context;
    if (answer === 'throttled') throw throttled();
    if (answer === 'denied') throw denied();
    if (answer === 'hangs') await untilStopped(signal);
    if (answer === 'slow') await clock.sleep(10_000, signal);
    for (const kind of script.resources) {
      if (kind !== 'session' && kind !== 'target') cloud.make(idOf(kind, name), name.taskId);
    }
    if (answer === 'half') throw throttled();
    if (answer === 'breaks off') throw brokenOff();
    if (answer === 'stuck') await never();
    if (answer === 'names') yield* names('address', handle, context);
  }

  async function* start(handle: Handle, context: DriverContext): AsyncGenerator<DriverEvent> {
    const { script, name, answer } = await call('start', handle, context);
    if (answer === 'throttled') throw throttled();
    if (answer === 'denied') throw denied();
    if (answer === 'request lost') throw ambiguous();
    if (answer === 'hangs') await untilStopped(context.signal);
    if (answer === 'lands late') {
      const late = script.settleSeconds * 1000;
      if (late > 0) cloud.send(name, script, late);
      else cloud.begin(name, script);
      throw ambiguous();
    }
    const work = cloud.begin(name, script);
    if (!work) {
      witness.lacks(context);
      throw denied();
    }
    if (answer === 'answer lost') throw ambiguous();
    if (answer === 'breaks off') throw brokenOff();
    if (answer === 'stuck') await never();
    if (answer === 'unknown') yield { type: 'unknown', reason: 'reset after sending' };
    if (answer === 'over') {
      cloud.end(work);
      throw throttled();
    }
    yield* follow(work, 0, handle, context, answer);
  }

  async function* resume(handle: Handle, context: DriverContext): AsyncGenerator<DriverEvent> {
    const { script, name, answer } = await call('resume', handle, context);
    if (answer === 'breaks off') throw brokenOff();
    if (answer === 'hangs') await untilStopped(context.signal);
    if (answer === 'stuck') await never();
    if (answer === 'unknown') {
      cloud.unknowable.add(name.taskId);
      yield { type: 'unknown', reason: 'nobody can tell' };
      return;
    }
    // Only when no request of ours can still be under way is it certain that nothing began.
    if (!cloud.workOf(name)) await context.clock.sleep(script.settleSeconds * 1000, context.signal);
    const work = cloud.workOf(name);
    if (!work) {
      yield { type: 'not_started', proof: 'no such session' };
      return;
    }
    yield { type: 'attached' };
    if (answer === 'twice') yield { type: 'attached' };
    if (answer === 'unknown later') {
      yield { type: 'unknown', reason: 'the stream was reset' };
      return;
    }
    yield* follow(work, Number(context.cursor ?? 0), handle, context, answer);
  }

  /** Tells what the work tells, from the piece with that number on, and then how it ended. */
  async function* follow(
    work: Work,
    from: number,
    handle: Handle,
    context: DriverContext,
    answer: string | undefined,
  ): AsyncGenerator<DriverEvent> {
    const { clock, signal } = context;
    for (let piece = from; ;) {
      signal.throwIfAborted();
      if (piece < cloud.told(work)) {
        await timeline.turn(host, `piece ${String(piece + 1)} arrives`);
        const kind = work.script.pieces[piece];
        piece += 1;
        const cursor = String(piece);
        if (kind === 'names') yield* names(`port${cursor}`, handle, context);
        else if (kind) yield { ...pieceOf(kind, cursor), cursor };
        if (answer === 'twice') yield* repeatable(kind);
        if (answer === 'resets') return;
      } else if (cloud.isRunning(work)) {
        await clock.sleep(cloud.untilNext(work), signal);
      } else {
        const end = endOf(work);
        yield end;
        if (answer === 'twice') yield end;
        return;
      }
    }
  }

  async function cancel(handle: Handle, context: DriverContext): ReturnType<Driver['cancel']> {
    const { name, answer } = await call('cancel', handle, context);
    const { signal, clock } = context;
    const refuse = (reason: string): void => void cloud.unsure.set(name.taskId, reason);
    if (answer === 'throws') {
      refuse('cancel failed');
      throw throttled();
    }
    if (answer === 'hangs') {
      refuse('cancel hung');
      await untilStopped(signal);
    }
    if (answer === 'unsupported') {
      refuse('cancel is unsupported');
      return 'unsupported';
    }
    if (answer === 'requested') {
      refuse('cancel was only requested');
      timeline.later(5000, 'the work stops as it was told', () => cloud.stop(name));
      return 'requested';
    }
    if (answer === 'slow') await clock.sleep(5000, signal);
    cloud.stop(name);
    if (answer === 'answer lost') throw brokenOff();
    cloud.unsure.delete(name.taskId);
    return 'stopped';
  }

  async function cleanup(
    resources: readonly Resource[],
    handle: Handle,
    context: DriverContext,
  ): Promise<CleanupProof[]> {
    const { script, answer } = await call('cleanup', handle, context);
    const { signal } = context;
    if (script.keepsAll || answer === 'throws') throw throttled();
    if (answer === 'hangs') await untilStopped(signal);
    const wanted = answer === 'partly' ? resources.slice(0, 1) : resources;
    witness.removes(wanted, context);
    const proofs = wanted.map(({ id }) => remove(id, answer));
    if (answer === 'answer lost') throw brokenOff();
    return proofs;
  }

  /** What others may want again at once is never only promised to go. */
  function remove(id: string, answer: string | undefined): CleanupProof {
    if (id === IMAGE || (answer !== 'accepted' && answer !== 'unverifiable')) {
      cloud.remove(id);
      return { id, proof: 'verified' };
    }
    cloud.promise(id);
    if (answer === 'accepted') return { id, proof: 'accepted' };
    return { id, proof: 'unverifiable', expiresAt: timeline.now() + ACCEPTED_MS };
  }

  return {
    plan: (_request, name) => ({
      version: 1,
      data: { session: `${name.taskId}/${String(name.attempt)}` },
      resources: stage.scriptOf(name.taskId).resources.map((kind) => resourceOf(kind, name)),
    }),
    provision,
    start,
    resume,
    cancel,
    cleanup,
  };
}

function pieceOf(kind: Exclude<Piece, 'names'>, n: string): DriverEvent {
  switch (kind) {
    case 'line':
      return { type: 'log', stream: 'stdout', text: `line ${n}\n` };
    case 'word':
      return { type: 'log', stream: 'stdout', text: `word${n}` };
    case 'message':
      return { type: 'message', text: `message ${n}` };
    case 'progress':
      return { type: 'progress', message: `step ${n}` };
    case 'artifact':
      return { type: 'artifact', artifact: { name: `artifact ${n}`, content: { text: n } } };
    case 'asks':
      return { type: 'input_required', request: { requestId: n, question: 'Which one?' } };
  }
}

/** Events that a driver may well tell twice. */
function* repeatable(piece: string | undefined): Generator<DriverEvent> {
  if (piece === 'progress') yield { type: 'progress', message: 'again' };
  yield { type: 'attached' };
}

function endOf({ script, stoppedAt }: Work): DriverEvent {
  if (stoppedAt !== undefined) return { type: 'ended', outcome: 'cancelled' };
  const outcome = script.end === 'failed' ? 'failed' : 'succeeded';
  return { type: 'ended', outcome, result: { text: 'done' } };
}
