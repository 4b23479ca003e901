/** Customizer: restarts a Windows machine and waits for it (facts, section 1.5). */
import type { WindowsRestartCustomizer } from "../../image-template.ts";
import { nameParser, parseText } from "../../values/parsed.ts";
import type { CustomizerKind } from "./types.ts";

/** How to restart; what is absent is the service's own. */
interface RestartAsked {
  readonly timeout?: string;
  readonly check?: string;
  readonly command?: string;
}

const parseTimeout = nameParser(/^[1-9]\d{0,3}[mh]$/, "minutes or hours, e.g. 30m or 1h");

/** WindowsRestart. */
export const restart: CustomizerKind<RestartAsked> = {
  systems: ["windows"],
  validates: false,
  example: "restart: { timeout: 30m }",
  options: ["timeout", "check", "command"],
  main: "timeout",
  read: (fields) => ({
    timeout: fields.parsed("timeout", parseTimeout),
    check: fields.parsed("check", parseText),
    command: fields.parsed("command", parseText),
  }),
  files: () => [],
  build: (name, { timeout, check, command }): WindowsRestartCustomizer => ({
    type: "WindowsRestart",
    name,
    ...(command === undefined ? {} : { restartCommand: command }),
    ...(check === undefined ? {} : { restartCheckCommand: check }),
    ...(timeout === undefined ? {} : { restartTimeout: timeout }),
  }),
};
