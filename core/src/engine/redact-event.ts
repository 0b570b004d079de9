// Takes secrets out of what a driver tells, before it is stored. Output goes through the task's log, which redacts it
// as a stream; errors are redacted as they are made storable; handles are the driver's own and stay exact.
import type { DriverEvent } from '../provider/index.js';
import type { OutputRedactor } from './ports.js';

export function redactEvent(event: DriverEvent, redactor: OutputRedactor): DriverEvent {
  const clean = <Value>(value: Value): Value => redactor.json(value) as Value;
  switch (event.type) {
    case 'progress':
    case 'message':
    case 'input_required':
    case 'not_started':
    case 'unknown':
      // A cursor may look like a token, and means something to the driver alone.
      return { ...clean(event), cursor: event.cursor };
    case 'ended':
      return {
        ...event,
        ...(event.result && { result: 'file' in event.result ? event.result : clean(event.result) }),
      };
    case 'log':
    case 'handle':
    case 'attached':
    case 'input_received':
    case 'artifact':
    case 'handoff':
    case 'gap':
      return event;
    default:
      return event;
  }
}
