/** Faults of scripts in words, each with what to do. */
import type { Problem } from "../types.ts";
import type { PowerShellFault } from "./lint-powershell.ts";
import type { ShellFault } from "./lint-shell.ts";
import { quoteLines } from "./quote-lines.ts";

type Fault = ShellFault | PowerShellFault;

interface Words {
  readonly code: string;
  /** What the step does and why it matters, after its title and before its lines. */
  readonly does: string;
  readonly then: string;
  readonly remedy: string;
}

/** How a fault is told, by the system where it differs. */
const words: Readonly<Record<Fault, { readonly linux: Words; readonly windows: Words }>> = {
  restarts: {
    linux: {
      code: "AIB092",
      does: "restarts or stops the machine",
      then: "The service loses its connection, and the build ends with `Script disconnected unexpectedly`.",
      remedy: "Take the command out: machines made from the image start anew anyway.",
    },
    windows: {
      code: "AIB093",
      does: "restarts or stops the machine",
      then: "The service does not wait for it: the next step may run into the restart, or the build into its time limit.",
      remedy: "End the step before it, and let a WindowsRestart step (`restart:` in `steps`) follow.",
    },
  },
  failsOnRestart: both({
    code: "AIB093",
    does: "ends with the exit code of an installer",
    then: "That is 3010 where a restart is wanted, which counts as a failure.",
    remedy: "Give the step `validExitCodes` 0 and 3010, and let a WindowsRestart step follow.",
  }),
  closesWay: {
    linux: {
      code: "AIB092",
      does: "closes SSH",
      then: "The service reaches the machine by it: the build ends when the connection is lost.",
      remedy: "Leave port 22 and the SSH service open during the build, and close them when a machine starts first.",
    },
    windows: {
      code: "AIB092",
      does: "closes WinRM or the network",
      then: "The service reaches the machine by it: the build ends when the connection is lost.",
      remedy: "Leave WinRM, its firewall rules and the network alone, and close them when a machine starts first.",
    },
  },
  needsRoot: both({
    code: "AIB094",
    does: "does as an ordinary user what only root may do",
    then: "The service starts scripts without root's rights: the line fails, and with it the build.",
    remedy: "Put `sudo` before the command; for a redirection write `| sudo tee <file>` instead of `> <file>`.",
  }),
  asks: {
    linux: {
      code: "AIB095",
      does: "lets a package manager ask whether to go on",
      then: "Nobody answers: the command gives up, or waits until the build's time limit.",
      remedy: "Answer beforehand: `-y` for apt-get, dnf and yum, `--non-interactive` for zypper.",
    },
    windows: {
      code: "AIB095",
      does: "starts an installer with its windows",
      then: "Nobody sees them: it waits until the build's time limit.",
      remedy: "Start it silently: `/qn` or `/quiet` for msiexec, the program's own option for others.",
    },
  },
  needsBash: both({
    code: "AIB097",
    does: "uses what bash knows and `sh` does not",
    then: "Without a first line `#!` scripts are run by /bin/sh, which is dash in Ubuntu and Debian: the line fails.",
    remedy: "Begin the script with the line `#!/bin/bash`, and `set -e` behind it.",
  }),
  hasMark: both({
    code: "AIB097",
    does: "begins with a byte order mark",
    then: "Linux does not see the first line behind it, and runs the script by /bin/sh.",
    remedy: "Save the script as UTF-8 without a byte order mark.",
  }),
  removesEnd: both({
    code: "AIB098",
    does: "deletes the script that generalizes the machine",
    then: "The service runs it at the end: without it the build fails after all its steps.",
    remedy: "Delete your own files by their names, and leave DeprovisioningScript where it is.",
  }),
  generalizes: both({
    code: "AIB098",
    does: "generalizes the machine itself",
    then: "The service does that at the end, and can no longer work with a machine that is generalized.",
    remedy: "Take the command out; to change how it is done, write a DeprovisioningScript of your own.",
  }),
};

function both(one: Words): { readonly linux: Words; readonly windows: Words } {
  return { linux: one, windows: one };
}

/** A fault as a problem. */
export function describeFault(
  { fault, lines }: { readonly fault: Fault; readonly lines: readonly string[] },
  { title, isLinux }: { readonly title: string; readonly isLinux: boolean },
): Problem {
  const { code, does, then, remedy } = words[fault][isLinux ? "linux" : "windows"];
  const subject = `${title.slice(0, 1).toUpperCase()}${title.slice(1)}`;
  return { code, message: `${subject} ${does}: ${quoteLines(lines)}. ${then}`, remedy };
}
