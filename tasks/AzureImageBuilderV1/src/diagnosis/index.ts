/** Diagnosis: known failures, and what a log and the service's answers tell of them. */
export { diagnose, diagnoseAnywhere } from "./diagnose.ts";
export type { Diagnosis, Evidence, FailedStep, Finding, KnownFailure, Where } from "./types.ts";
