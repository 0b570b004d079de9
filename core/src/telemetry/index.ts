// Spans of tasks, where the configuration names a module that registers an OpenTelemetry SDK. Without one, nothing of
// OpenTelemetry is loaded.
export { registeringModule } from './registering-module.js';
export { openTelemetry, type Telemetry } from './telemetry.js';
