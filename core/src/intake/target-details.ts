// Holds the target's details against what the driver's manifest wants in this target mode.
import type { Problem, ProviderManifestDriver } from '@agent-dispatch/schemas';
import { DispatchError } from '../errors/index.js';
import { missingSettings, settingsProblems, type MissingSetting } from '../plugins/settings.js';
import type { Call } from './call.js';
import type { Draft } from './draft.js';

const PLACE = '/target/details';

/**
 * The required details that are not there, to be asked for; pointers into the request.
 * Errors: AD_PROVIDER_TARGET_INVALID with every problem of those that are.
 */
export function missingDetails(call: Call, draft: Draft, driver: ProviderManifestDriver): MissingSetting[] {
  // A mode without a schema takes no details.
  const schema = driver.targets[draft.target.mode] ?? { type: 'object', properties: {}, additionalProperties: false };
  const problems = settingsProblems(schema, draft.target.details, { pointer: PLACE, partial: true });
  if (problems.length > 0) throw invalid(problems.map((problem) => located(problem, call, draft)));
  const given = draft.framework === undefined ? [] : ['framework'];
  return missingSettings(schema, draft.target.details, { pointer: PLACE, taskType: draft.taskType, given });
}

function invalid(problems: Problem[]): DispatchError {
  const places = problems.map(({ pointer, message }) => `${pointer} ${message}`).join('; ');
  return new DispatchError('AD_PROVIDER_TARGET_INVALID', `The target's details cannot be used: ${places}.`, {
    problems,
  });
}

/** Points at the argument by which the caller can correct it, also where the runtime profile gave the value. */
function located(problem: Problem, call: Call, { runtime }: Draft): Problem {
  const inherited = runtime !== undefined && call.originOf(problem.pointer) === '/runtime';
  const message = inherited ? `${problem.message} (from runtime "${runtime}")` : problem.message;
  return { ...problem, pointer: call.pointerTo(problem.pointer), message };
}
