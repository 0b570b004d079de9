// The plugin: three drivers over one fake cloud, each with another way to find work again. Plain JavaScript, so that a real
// dispatcher process imports it without a build.
import { keyed } from './driver/keyed.mjs';
import { numbered } from './driver/numbered.mjs';
import { streamed } from './driver/streamed.mjs';

const ERRORS = Symbol.for('agentdispatch:errors@1');

export default {
  apiVersion: 1,
  create(host) {
    const errors = host.resolve(ERRORS);
    return {
      drivers: { keyed: keyed(errors), numbered: numbered(errors), streamed: streamed(errors) },
    };
  },
};
