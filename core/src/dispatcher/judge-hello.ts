// Whether a front door and this dispatcher fit together. Pure: what follows from the verdict is the server's matter.
import semver from 'semver';
import { STATE_SCHEMA } from '../store/installation.js';
import { PROTOCOL, foreign, type HelloRequest, type HelloVerdict } from './hello.js';

export interface Judge {
  version: string;
  configDigest: string;
  isIdle: boolean;
}

/** Only an older dispatcher makes room: two installations of one directory must not replace each other in turn. */
export function judgeHello(own: Judge, request: HelloRequest): HelloVerdict {
  const age = compare(request, own.version);
  if (request.protocol !== PROTOCOL) {
    if (age > 0 && own.isIdle) return 'replaced';
    throw foreign(
      `this program (version ${request.version}) speaks protocol ${request.protocol}, the running dispatcher (version ${own.version})`,
    );
  }
  if (age < 0) return 'outdated';
  if (age === 0 && request.configDigest === own.configDigest) return 'fit';
  return request.configDigest !== undefined && own.isIdle ? 'replaced' : 'stale';
}

/** Over 0: the caller is newer. Who could not read what this dispatcher has written is older, whatever its version. */
function compare({ protocol, stateSchema = 1, version }: HelloRequest, ownVersion: string): number {
  const byVersion = semver.valid(version) === null ? -1 : semver.compare(version, ownVersion);
  return [protocol - PROTOCOL, stateSchema - STATE_SCHEMA, byVersion].find((difference) => difference !== 0) ?? 0;
}
