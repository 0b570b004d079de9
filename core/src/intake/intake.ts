// Any caller's input -> one DispatchRequest with its route, or the questions that are still open. Starts and stores
// nothing. The steps in order, each in its own file; every failure is a DispatchError that points into the caller's
// arguments. Called by the control plane, which checks that the tasks named by parent and continue_from exist.
import type { ConfigAccount } from '@agent-dispatch/schemas';
import type { Policy, PolicyDecision } from '../policy/index.js';
import type { RouteDecision, RouteMatch } from '../routing/index.js';
import { applyPolicy, policyOf } from './apply-policy.js';
import { Call, instructionPath, type ToolName } from './call.js';
import { checkArguments } from './check-arguments.js';
import { chooseRoute, pluginOf, routeView } from './choose-route.js';
import { confirmationError, consentNeeded } from './consent.js';
import { draftFromRuntime, draftFromWishes, type Draft, type ExactWishes } from './draft.js';
import { findAccount } from './find-account.js';
import { finishRequest, routeRecord, type Decided } from './finish-request.js';
import { idempotencyOf, isExplicit } from './idempotency.js';
import type { Json } from './json.js';
import type { CallerIdentity, Explained, IntakeSources, Outcome, Question } from './prepared.js';
import { askForContext, askForDetails, askForProtocol, askForWork, clarification } from './questions.js';
import { readArguments } from './read-arguments.js';
import { routeError } from './route-errors.js';
import { chooseRuntime, type ChosenRuntime } from './runtime-profile.js';
import { screenCredentials, screenProfile } from './screen-credentials.js';
import { missingDetails } from './target-details.js';

/** A call with the router's answer, which may be that nothing fits. */
interface Routed {
  call: Call;
  caller: CallerIdentity;
  /** Absent for a dispatch. */
  runtime?: ChosenRuntime;
  draft: Draft;
  account: ConfigAccount;
  decision: RouteDecision;
}

export class Intake {
  readonly #sources: IntakeSources;

  constructor(sources: IntakeSources) {
    this.#sources = sources;
  }

  /**
   * The arguments of `spawn_cloud_agent`: what they leave open comes from a runtime profile.
   *
   * Errors: AD_INPUT_INVALID, AD_INPUT_TOO_LARGE, AD_INPUT_UNSUPPORTED, AD_POLICY_*, AD_ROUTE_*,
   * AD_PROVIDER_TARGET_INVALID, and the error of a plugin that cannot be used.
   */
  fromSpawn(input: unknown, caller: CallerIdentity = {}): Outcome {
    return this.#prepare('spawn_cloud_agent', input, caller);
  }

  /** The arguments of `dispatch_task`: no runtime profile plays a part. Errors: as `fromSpawn`. */
  fromDispatch(input: unknown, caller: CallerIdentity = {}): Outcome {
    return this.#prepare('dispatch_task', input, caller);
  }

  /** What is said to running work, as it may go on. Errors: AD_POLICY_CREDENTIALS. */
  screen<Arguments extends object>(given: Arguments): Arguments {
    return screenCredentials(given as Json, this.#credentials) as Arguments;
  }

  /**
   * What `fromSpawn` would decide. A route that cannot be found is an answer here; every other refusal is the same
   * error as there.
   */
  explainSpawn(input: unknown, caller: CallerIdentity = {}): Explained {
    return this.#explain('spawn_cloud_agent', input, caller);
  }

  /** What `fromDispatch` would decide, as `explainSpawn`. */
  explainDispatch(input: unknown, caller: CallerIdentity = {}): Explained {
    return this.#explain('dispatch_task', input, caller);
  }

  #prepare(tool: ToolName, input: unknown, caller: CallerIdentity): Outcome {
    const call = this.#read(tool, input);
    const runtime = this.#runtimeOf(call);
    if (isQuestion(runtime)) return clarification(call, [runtime, ...askForWork(call)]);
    return this.#settle(this.#route(call, caller, runtime));
  }

  #explain(tool: ToolName, input: unknown, caller: CallerIdentity): Explained {
    const call = this.#read(tool, input);
    const runtime = this.#runtimeOf(call);
    if (isQuestion(runtime)) {
      const route = { reason: 'No runtime is chosen yet.', rejected: [] };
      return { status: 'explained', route, clarification: clarification(call, [runtime, ...askForWork(call)]) };
    }
    const routed = this.#route(call, caller, runtime);
    const route = routeView(routed.draft, routed.decision);
    if (routed.decision.chosen === undefined) return { status: 'explained', route };
    const outcome = this.#settle(routed);
    if (outcome.status === 'prepared' && outcome.consent) throw confirmationError(outcome.consent);
    return { status: 'explained', route, ...(outcome.status === 'needs_clarification' && { clarification: outcome }) };
  }

  /** Size before content, credentials before anything that could be echoed, then all that is wrong by schema. */
  #read(tool: ToolName, input: unknown): Call {
    const given = readArguments(input, instructionPath(tool));
    const call = new Call(tool, screenCredentials(given, this.#credentials));
    checkArguments(call);
    return call;
  }

  #runtimeOf(call: Call): ChosenRuntime | Question | undefined {
    if (call.tool === 'dispatch_task') return undefined;
    const runtime = chooseRuntime(call.wanted.runtime, this.#sources.config.config);
    if (!isQuestion(runtime)) screenProfile(runtime, this.#credentials);
    return runtime;
  }

  get #credentials(): Policy['credentials'] {
    return policyOf(this.#sources.config.config).credentials;
  }

  #route(call: Call, caller: CallerIdentity, runtime: ChosenRuntime | undefined): Routed {
    const draft =
      runtime === undefined
        ? draftFromWishes(call.wanted as ExactWishes, caller)
        : draftFromRuntime(call.wanted, runtime, caller);
    const account = findAccount(call, draft, this.#sources.config.config, runtime);
    const decision = chooseRoute(draft, account, this.#sources.providers());
    return { call, caller, ...(runtime && { runtime }), draft, account, decision };
  }

  #settle(routed: Routed): Outcome {
    const { call, caller, draft, account, decision } = routed;
    const { chosen } = decision;
    if (chosen === undefined)
      throw routeError({ call, draft, account, decision, providers: this.#sources.providers() });
    const policy = this.#applyPolicy(draft, chosen, caller);
    const missing = this.#missing(routed, chosen);
    const request = finishRequest(call, draft, { chosen, daily: this.#dailySeconds(draft.account) });
    if (missing.length > 0) return clarification(call, missing);
    const idempotency = idempotencyOf(call.given, request, caller);
    const decided = this.#decided(draft.account, decision.reason, chosen);
    return {
      status: 'prepared',
      request,
      inputsAt: call.pointerTo('/input/inputs'),
      route: routeRecord(decided),
      ...(idempotency && { idempotency }),
      deadlineSeconds: request.limits.timeoutSeconds,
      ...(policy.effect === 'ask' && {
        consent: consentNeeded(policy, request, {
          ...decided,
          subject: caller.subject,
          ...(isExplicit(idempotency) && { key: idempotency?.key }),
        }),
      }),
    };
  }

  /** The smaller of the budgets that the account's tasks count against. */
  #dailySeconds(account: string): number | undefined {
    const { limits, accounts } = this.#sources.config.config;
    const budgets = [limits?.runtimeSecondsPerDay, accounts?.[account]?.runtimeSecondsPerDay];
    const given = budgets.filter((budget) => budget !== undefined);
    return given.length === 0 ? undefined : Math.min(...given);
  }

  #applyPolicy(draft: Draft, { provider, driver }: RouteMatch, { subject }: CallerIdentity): PolicyDecision {
    return applyPolicy(policyOf(this.#sources.config.config), {
      provider,
      account: draft.account,
      capability: driver.capability,
      taskType: draft.taskType,
      targetMode: draft.target.mode,
      ...(subject !== undefined && { subject }),
    });
  }

  /** Everything to be asked for, at once. Errors: AD_PROVIDER_TARGET_INVALID for details that are there and wrong. */
  #missing({ call, draft, runtime, decision }: Routed, { driver }: RouteMatch): Question[] {
    const details = missingDetails(call, draft, driver);
    return [
      ...askForWork(call, draft.taskType),
      ...askForContext(call, draft, runtime?.profile.requiredInputs),
      ...askForProtocol(call, draft, decision),
      ...askForDetails(call, details),
    ];
  }

  #decided(account: string, reason: string, chosen: RouteMatch): Decided {
    const known = pluginOf(chosen.provider, this.#sources.providers());
    return { chosen, account, reason, known, accountDigest: this.#sources.accountDigest(account) };
  }
}

const isQuestion = (chosen: ChosenRuntime | Question | undefined): chosen is Question =>
  chosen !== undefined && 'question' in chosen;
