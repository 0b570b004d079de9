// Judges the file names of a call: places inside the working directory stay inside it, local files are named absolutely.
// Looks at names alone; whether a local file exists is found out where it is read.
import path from 'node:path';
import type { InputFile, Problem } from '@agent-dispatch/schemas';
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

function checkInput({ path: place, file, text }: InputFile, pointer: string): Problem[] {
  const problems = checkInside(place, `${pointer}/path`);
  if ((file === undefined) === (text === undefined))
    problems.push({ pointer, message: 'needs either "file" or "text", and not both' });
  if (file !== undefined && !path.isAbsolute(file))
    problems.push({ pointer: `${pointer}/file`, message: 'must be an absolute path of a local file' });
  return problems;
}

function checkTwice(inputs: readonly InputFile[], pointer: string): Problem[] {
  const places = inputs.map((input) => path.posix.normalize(input.path));
  return places.flatMap((place, index) =>
    places.indexOf(place) === index
      ? []
      : [{ pointer: `${pointer}/${String(index)}/path`, message: 'is the place of another input already' }],
  );
}

/** Judged by the rules of every platform: the task may run on another one than this. */
function checkInside(place: string, pointer: string): Problem[] {
  const leaves = place.split(/[\\/]/).includes('..') || path.posix.isAbsolute(place) || path.win32.isAbsolute(place);
  if (leaves || /^[A-Za-z]:/.test(place))
    return [{ pointer, message: 'must be a relative path that stays inside the working directory' }];
  return place.includes('\0') ? [{ pointer, message: 'must not hold a NUL character' }] : [];
}
