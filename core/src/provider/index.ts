// The public contract between the host and a provider plugin: types and documentation, nothing that runs.
// A plugin imports it with `import type` only, so that it carries no second copy of the host.
export type {
  Artifact,
  Capability,
  CleanupProof,
  DispatchRequest,
  Handle,
  Handoff,
  InputRequest,
  Protocol,
  ProviderManifest,
  Resource,
  TargetMode,
  TaskType,
} from '@agent-dispatch/schemas';
export type { Channel, ChannelRequest } from './channel.js';
export type { AccountProfile, Clock, DriverContext, Logger, PlanContext, Redactor } from './context.js';
export type {
  CancelLevel,
  ChannelDriver,
  CheckFinding,
  DirectDriver,
  Driver,
  DriverVerbs,
  DriverWithCheck,
  DriverWithHandoff,
  DriverWithSend,
  DriverWithSweep,
  Message,
  Receipt,
  SweepContext,
  SweptResource,
} from './driver.js';
export type {
  ArtifactContent,
  DriverArtifact,
  DriverError,
  DriverEvent,
  DriverResult,
  EndedEvent,
  ResumeAnswer,
} from './events.js';
export type { ErrorFactory, PluginHost, Provider, ProviderPlugin } from './plugin.js';
