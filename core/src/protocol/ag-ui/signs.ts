// Events that are told as they are: steps, activities, subagents as progress; failures of subagents, custom and raw events as
// messages.
import type { DriverEvent } from '../../provider/index.js';
import type { AgUiLimits } from './limits.js';
import { cappedRaw } from './raw.js';
import type { AgUiEventOf } from './wire-event.js';

type SignName =
  | 'STEP_STARTED'
  | 'STEP_FINISHED'
  | 'ACTIVITY_SNAPSHOT'
  | 'ACTIVITY_DELTA'
  | 'SUBAGENT_STARTED'
  | 'SUBAGENT_FINISHED'
  | 'SUBAGENT_ERROR'
  | 'CUSTOM'
  | 'RAW';
export type SignEvent = AgUiEventOf<SignName>;
type Limits = Pick<AgUiLimits, 'rawBytes' | 'asideCharacters'>;

export function signOf(event: SignEvent, limits: Limits): DriverEvent {
  const short = (text: string): string => text.slice(0, limits.asideCharacters);
  const progress = (text: string): DriverEvent => ({ type: 'progress', message: short(text) });
  const message = (text: string): DriverEvent => ({
    type: 'message',
    text: short(text),
    raw: cappedRaw(event, limits.rawBytes),
  });
  switch (event.type) {
    case 'STEP_STARTED':
      return progress(event.stepName);
    case 'STEP_FINISHED':
      return progress(`${short(event.stepName)}: finished`);
    case 'ACTIVITY_SNAPSHOT':
      return progress(`${short(event.activityType)}: ${JSON.stringify(event.content)}`);
    case 'ACTIVITY_DELTA':
      return progress(`${short(event.activityType)}: ${JSON.stringify(event.patch)}`);
    case 'SUBAGENT_STARTED':
      return progress(`Subagent ${short(event.name)}`);
    case 'SUBAGENT_FINISHED':
      return progress('A subagent has finished');
    case 'SUBAGENT_ERROR':
      return message(`A subagent failed: ${event.message}`);
    case 'CUSTOM':
      return message(`Custom event ${event.name}`);
    case 'RAW':
      return message('Raw event of the agent');
  }
}
