// Judges the file names of a call: places inside the working directory stay inside it, and each input names one source
// that could be read. Looks at names alone; whether something is there is found out where it is read.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InputSource, Problem } from '@agent-dispatch/schemas';
import { checkInside } from '../capture/index.js';
import type { Call } from './call.js';

export function checkFiles(call: Call): Problem[] {
  const { inputs = [], artifacts = [], workingDirectory } = call.wanted.input;
  const at = (place: string): string => call.pointerTo(`/input/${place}`);
  return [
    ...inputs.flatMap((input, index) => checkInput(input, at(`inputs/${String(index)}`))),
    ...checkTwice(inputs, at('inputs')),
    ...artifacts.flatMap((pattern, index) => checkInside(pattern, at(`artifacts/${String(index)}`))),
    ...(workingDirectory === undefined ? [] : checkInside(workingDirectory, at('workingDirectory'))),
  ];
}

const SOURCES = ['file', 'text', 'uri', 'directory', 'git'] as const;

function checkInput(input: InputSource, pointer: string): Problem[] {
  const problems = checkInside(input.path, `${pointer}/path`);
  const [source, ...more] = SOURCES.filter((name) => input[name] !== undefined);
  if (source === undefined || more.length > 0) {
    return [...problems, { pointer, message: `needs exactly one of ${SOURCES.map((name) => `"${name}"`).join(', ')}` }];
  }
  if (!isTree(input) && path.posix.normalize(`${input.path}/`) === './')
    problems.push({ pointer: `${pointer}/path`, message: 'must name the file, not only its directory' });
  if (isTree(input) && input.sha256 !== undefined)
    problems.push({ pointer: `${pointer}/sha256`, message: `belongs to one file: a ${source} has many` });
  return [...problems, ...checkSource(input, pointer)];
}

function checkSource({ file, uri, directory, git, sha256 }: InputSource, pointer: string): Problem[] {
  if (file !== undefined) return checkAbsolute(file, `${pointer}/file`, 'a local file');
  if (directory !== undefined) return checkAbsolute(directory, `${pointer}/directory`, 'a local directory');
  if (git !== undefined) return checkGit(git, `${pointer}/git`);
  return uri === undefined ? [] : checkUri(uri, sha256, pointer);
}

const checkAbsolute = (place: string, pointer: string, what: string): Problem[] => {
  if (place.includes('\0')) return [{ pointer, message: 'must not hold a NUL character' }];
  return path.isAbsolute(place) ? [] : [{ pointer, message: `must be an absolute path of ${what}` }];
};

function checkGit({ repository, ref }: NonNullable<InputSource['git']>, pointer: string): Problem[] {
  // git takes what begins with a dash for an option, wherever it stands.
  const badRef = ref !== undefined && (ref.startsWith('-') || /[\p{Cc}\s]/u.test(ref));
  return [
    ...(path.isAbsolute(repository) && !repository.includes('\0') ? [] : checkUrl(repository, `${pointer}/repository`)),
    ...(badRef ? [{ pointer: `${pointer}/ref`, message: 'must be a branch, tag or commit' }] : []),
  ];
}

function checkUri(uri: string, sha256: string | undefined, pointer: string): Problem[] {
  if (!/^file:/i.test(uri)) {
    const missing = { pointer: `${pointer}/sha256`, message: 'is required for a URI of another machine' };
    return [...checkUrl(uri, `${pointer}/uri`), ...(sha256 === undefined ? [missing] : [])];
  }
  try {
    return checkAbsolute(fileURLToPath(uri), `${pointer}/uri`, 'a local file');
  } catch {
    return [{ pointer: `${pointer}/uri`, message: 'names no file of this machine' }];
  }
}

/** Never repeats the URL: it may hold what was meant to stay secret. */
function checkUrl(text: string, pointer: string): Problem[] {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== 'https:') {
    const message = pointer.endsWith('/uri') ? 'a file: or https: URI' : 'an absolute local path or an https: URL';
    return [{ pointer, message: `must be ${message}` }];
  }
  if (url.username === '' && url.password === '') return [];
  return [{ pointer, message: 'must not hold a user name or password' }];
}

function checkTwice(inputs: readonly InputSource[], pointer: string): Problem[] {
  // Trees may share a place: whether their files do is seen when they are read.
  const places = inputs.map((input) => (isTree(input) ? undefined : path.posix.normalize(input.path)));
  return places.flatMap((place, index) =>
    place === undefined || places.indexOf(place) === index
      ? []
      : [{ pointer: `${pointer}/${String(index)}/path`, message: 'is the place of another input already' }],
  );
}

const isTree = ({ directory, git }: InputSource): boolean => directory !== undefined || git !== undefined;
