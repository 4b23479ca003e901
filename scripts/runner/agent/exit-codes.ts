import { constants } from "node:os";

/** 128 and the signal's number, as a shell and the agent report a process that a signal ended. */
export function signalExitCode(signal: NodeJS.Signals | undefined): number | undefined {
  return signal === undefined ? undefined : 128 + constants.signals[signal];
}
