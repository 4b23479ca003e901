/** Checks and subjects as object literals, for the engine and for what it reports. */
import { ServiceError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import type { ReadOptions, ReadPorts } from "../../../tasks/AzureImageBuilderV1/src/preflight/reads.ts";
import type { Check, CheckResult, Finding, Subject } from "../../../tasks/AzureImageBuilderV1/src/preflight/types.ts";

/** No check of these tests looks at it. */
export const subject = { plan: {}, template: {} } as unknown as Subject;

/** A check that finds nothing, unless `change` says otherwise. */
export function fakeCheck(change: Partial<Check<unknown>> = {}): Check<unknown> {
  return {
    id: "P1",
    title: "Something",
    inFast: "whole",
    kinds: {
      AIB001: { severity: "error", basis: "documented", meaning: "Something is wrong." },
      AIB002: { severity: "warning", basis: "recorded", meaning: "Something is odd." },
      AIB003: { severity: "error", basis: "inferred", meaning: "Something may be wrong." },
      AIB004: { severity: "error", basis: "contradicted", meaning: "Something is wrong, says one document." },
      AIB005: { severity: "error", basis: "recorded", meaning: "Something was seen to go wrong." },
    },
    applies: () => true,
    gather: async () => undefined,
    judge: () => [],
    ...change,
  };
}

/** Options of a read that needs the action `permission`. */
export const reading = (permission: string): ReadOptions => ({ apiVersion: "2024-01-01", permission });

/** What Azure says where the connection may not look. */
export const refusal = (): ServiceError =>
  new ServiceError("AIB801", "AuthorizationFailed: not allowed", {
    status: 403,
    serviceCode: "AuthorizationFailed",
  });

/** Ports whose every answer is an empty object, unless `change` says otherwise. */
export function fakePorts(change: Partial<ReadPorts["arm"] & ReadPorts["web"]> = {}): ReadPorts {
  return {
    arm: { get: async () => ({}), ask: async () => ({}), ...change },
    web: { probe: async () => ({ status: 200 }), ...change },
  };
}

/** A finding of P5. */
export function finding(change: Partial<Finding> = {}): Finding {
  return {
    check: "P5",
    code: "AIB024",
    severity: "error",
    message: "The size is not there.",
    remedy: "Take another.",
    ...change,
  };
}

/** A result that is ok, unless `change` says otherwise. */
export function result(change: Partial<CheckResult> = {}): CheckResult {
  return { id: "P5", title: "VM size and quota", status: "ok", findings: [], notRead: [], ...change };
}
