/**
 * What the pipeline's log shows of whole logs in each verbosity. `corpus-*` are excerpts of real logs as printed in public;
 * the others are written after real ones, in both formats of the service.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLogReader } from "../../tasks/AzureImageBuilderV1/src/log/index.ts";
import type { LoggedStep, Shown, Verbosity } from "../../tasks/AzureImageBuilderV1/src/log/types.ts";
import { assertGolden } from "./golden.ts";

const folder = join(import.meta.dirname, "log");
const verbosities: readonly Verbosity[] = ["none", "quiet", "normal", "full"];

const step = (type: string, name: string): LoggedStep => ({ type, name });
const steps: Readonly<Record<string, readonly LoggedStep[]>> = {
  "windows-newer-succeeds": [
    step("File", "site"),
    step("PowerShell", "install"),
    step("WindowsRestart", "restart"),
    step("PowerShell", "configure"),
  ],
  "windows-newer-fails": [
    step("PowerShell", "install"),
    step("WindowsRestart", "restart"),
    step("PowerShell", "editor"),
    step("PowerShell", "never reached"),
  ],
  "linux-older-succeeds": [step("File", "motd"), step("Shell", "packages"), step("Shell", "build")],
  "linux-older-fails": [step("Shell", "packages"), step("Shell", "build")],
  "corpus-03": [step("PowerShell", "runtimes"), step("WindowsRestart", "restart"), step("PowerShell", "tools")],
  "corpus-08": [step("PowerShell", "install")],
  "corpus-18": [step("WindowsUpdate", "updates")],
};

function describeShown(shown: Shown): string {
  switch (shown.kind) {
    case "group":
      return `[group] ${shown.title}`;
    case "endGroup":
      return "[end of group]";
    case "line":
      return shown.text;
  }
}

describe("The build's log in the pipeline's log", () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".log"))) {
    const name = file.replace(/\.log$/, "");
    for (const verbosity of verbosities) {
      it(`is shown as approved: ${name}, ${verbosity}`, () => {
        const reader = createLogReader({ verbosity, steps: steps[name] ?? [] });
        const read = [reader.push(readFileSync(join(folder, file)), 0), reader.end(60_000)];
        assertGolden(
          `log/${name}.${verbosity}.json`,
          read.flatMap(({ shown }) => shown.map(describeShown)),
        );
      });
    }
  }
});
