/** What is wrong with the PowerShell script of a step (facts, sections 1.5 and 10, P15). */
import { type PowerShellCommand, readPowerShellScript } from "./powershell-script.ts";

/** What the lines of a script do that they should not. */
export type PowerShellFault = "restarts" | "closesWay" | "asks" | "removesEnd" | "generalizes" | "failsOnRestart";

export interface PowerShellFinding {
  readonly fault: PowerShellFault;
  /** The lines, as written. */
  readonly lines: readonly string[];
}

/** Everything that is wrong with a script, each fault once. `validExitCodes`: those of the step; undefined: 0 alone. */
export function lintPowerShell(
  text: string,
  { validExitCodes = [0] }: { readonly validExitCodes?: readonly number[] | undefined },
): readonly PowerShellFinding[] {
  const commands = readPowerShellScript(text);
  const writesEnd = commands.some(writesDeprovisioning);
  const rules: Readonly<Record<PowerShellFault, (command: PowerShellCommand) => boolean>> = {
    restarts,
    closesWay,
    asks,
    removesEnd: (command) => !writesEnd && removesEnd(command),
    generalizes: ({ program }) => program === "sysprep",
    failsOnRestart: ({ program }) =>
      program === "msiexec" && handsCodeOn(text) && !text.includes("3010") && !validExitCodes.includes(3010),
  };
  return (Object.keys(rules) as PowerShellFault[]).flatMap((fault): readonly PowerShellFinding[] => {
    const lines = commands.filter(rules[fault]).map(({ line }) => line);
    return lines.length === 0 ? [] : [{ fault, lines: [...new Set(lines)] }];
  });
}

function has({ args }: PowerShellCommand, pattern: RegExp): boolean {
  return args.some(({ text }) => pattern.test(text));
}

function restarts(command: PowerShellCommand): boolean {
  switch (command.program) {
    case "restart-computer":
    case "stop-computer":
      return !has(command, /^-(?:ComputerName|WhatIf)/i);
    case "shutdown":
      return command.args.some(({ text }) => text.split(/\s+/).some((part) => /^[/-](?:r|s|g|sg|p|h)$/i.test(part)));
    case "install-windowsfeature":
    case "add-windowsfeature":
    case "uninstall-windowsfeature":
    case "remove-windowsfeature":
      return has(command, /^-Restart(?::\$true)?$/i);
    default:
      return false;
  }
}

const winRm = /^(?:winrm|Windows Remote Management.*)$/i;

/** WinRM is how the service runs its steps: never without it (facts, section 1.5). */
function closesWay(command: PowerShellCommand): boolean {
  switch (command.program) {
    case "disable-psremoting":
    case "disable-netadapter":
      return !has(command, /^-WhatIf/i);
    case "stop-service":
    case "sc":
    case "net":
      return has(command, winRm) && (command.program === "stop-service" || has(command, /^(?:stop|delete)$/i));
    case "set-service":
      return has(command, winRm) && has(command, /^(?:Disabled|Stopped)$/i);
    case "disable-netfirewallrule":
    case "remove-netfirewallrule":
      return has(command, /^(?:Windows Remote Management.*|WINRM-.*)$/i);
    case "netsh":
      return has(command, /^(?:advfirewall)$/i) && has(command, /^reset$/i);
    case "winrm":
      return has(command, /^delete$/i);
    default:
      return false;
  }
}

const silent = /(?:^|\s)[/-]+(?:q|qn|qb|qr|quiet|s|silent|passive|verysilent|unattended|uninstallsilent)/i;
const installer = /^(?:[\w.-]*[._-])?(?:setup|install|installer)(?:[._-][\w.-]*)?$/i;

/** A window that waits for somebody, where nobody is. What comes from variables is not judged. */
function asks(command: PowerShellCommand): boolean {
  const { program, args, isOpen } = command;
  if (isOpen) return false;
  if (program === "msiexec")
    return has(command, /(?:^|\s)[/-](?:i|package|x|uninstall|update|p)\b/i) && !has(command, silent);
  if (program.endsWith(".msi")) return !has(command, silent);
  const isProgram = installer.test(program) && /\.exe\b/i.test(command.line);
  return (
    isProgram &&
    !args.some(({ text }) => !/^-(?:FilePath|Wait|PassThru|NoNewWindow|Verb|Verbose|RunAs)$|^RunAs$/i.test(text))
  );
}

/** The script that the service runs last is C:\\DeprovisioningScript.ps1 (facts, section 1.5). */
function removesEnd(command: PowerShellCommand): boolean {
  if (!/^(?:remove-item|ri|rm|del|erase)$/.test(command.program)) return false;
  return has(command, /^c:[\\/](?:\*(?:\.\*|\.ps1)?|DeprovisioningScript\.ps1)$/i);
}

function writesDeprovisioning(command: PowerShellCommand): boolean {
  return (
    /^(?:set-content|out-file|add-content|copy-item|move-item|new-item|cp|copy|move|invoke-webrequest)$/.test(
      command.program,
    ) && has(command, /DeprovisioningScript/i)
  );
}

/** The script ends with the exit code of what it started. */
function handsCodeOn(text: string): boolean {
  return /\bexit\s+(?:\$\w+\.ExitCode|\$LASTEXITCODE)\b/i.test(text);
}
