/** Failures that the log of a Windows build tells. */
import type { KnownFailure } from "../types.ts";

const json = "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json";
const troubleshoot = "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot";
const updates = "https://github.com/rgl/packer-plugin-windows-update";
const scripts = "https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about";

/** Failures of PowerShell steps, restarts and Sysprep in Windows machines (`log-*`). Texts: what is linked. */
export const logWindowsFailures: readonly KnownFailure[] = [
  {
    id: "log-winrm-nsg",
    patterns: [/WinRM connection err: [^\n]{0,300}(?:context deadline exceeded|i\/o timeout)/],
    unless: [/^WinRM connected\b/m, /^Connected to WinRM/m],
    where: ["customization-log"],
    cause:
      "Nothing came back from port 5986 of the build VM: the rules of the subnet (or a firewall) drop the connection.",
    remedy:
      "Allow TCP 60000-60001 from AzureLoadBalancer and TCP 5986 within the virtual network, before any rule that denies " +
      "all, for incoming and outgoing traffic.",
    command:
      "az network nsg rule list --resource-group <network-group> --nsg-name <nsg> --include-default --output table",
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-networking",
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-winrm-timeout",
    patterns: [/^Timeout\s+waiting\s+for\s+WinRM\b/m, /errored[^\n]{0,80}: Timeout\s+waiting\s+for\s+WinRM\b/],
    where: ["customization-log", "pipeline-log"],
    cause:
      "Packer could not connect to the Windows build VM: the VM is too small to get ready in time, the source image is " +
      "hardened (CIS), port 5986 is blocked, or that version of the image is faulty.",
    remedy:
      "Use a VM size of 2 processors and 8 GB or more; try another version of the source image; in your own subnet allow " +
      "TCP 5986.",
    link: "https://github.com/danielsollondon/azvmimagebuilder/issues/14",
    weight: "cause",
    retryable: true,
  },
  {
    id: "log-ps-parse",
    patterns: [/ParserError:\s+\(:\)\s+\[\]/],
    where: ["customization-log"],
    cause:
      "Windows PowerShell could not parse the script, so none of it ran: mostly letters beyond ASCII, or lost quotes.",
    remedy:
      "Keep inline scripts to plain ASCII (no long dashes, no typographic quotes) or send them as a file, and try them in " +
      "Windows PowerShell 5.1.",
    link: `${scripts}/about_character_encoding`,
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-ps-stderr",
    patterns: [/\.ps1 : [^\n]{0,100}\bnpm warn\b/i, /\bNativeCommandError\b/],
    where: ["customization-log"],
    cause:
      "A tool only warned, but on its error stream; with `2>&1` and ErrorActionPreference Stop that ends the script.",
    remedy:
      "Leave out `2>&1` for that tool and judge by $LASTEXITCODE, or set ErrorActionPreference to Continue around it.",
    link: `${scripts}/about_preference_variables`,
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-ps-argument",
    patterns: [/Cannot\s+process\s+argument\s+transformation\s+on\s+parameter\s+'/],
    where: ["customization-log"],
    cause: "The script gave a cmdlet a value of the wrong type, such as a list where it takes one string.",
    remedy: "Join the list to one string, or convert the value, before it is given to the parameter named there.",
    link: `${scripts}/about_parameters`,
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-exit-267014",
    patterns: [/(?:exited with code|non-zero exit status): 267014\b/],
    where: ["customization-log"],
    cause:
      "Elevated scripts run as a scheduled task, and this one was ended from outside (267014) before it was through.",
    remedy:
      "Run the build again; if it comes back, let that step accept 267014 in validExitCodes and check its work by hand.",
    link: "https://learn.microsoft.com/windows/win32/taskschd/task-scheduler-error-and-success-constants",
    weight: "cause",
    retryable: true,
  },
  {
    id: "log-exit-16000",
    patterns: [/exit(?:ed with)?\s+(?:code|status):?\s+(?:is\s+)?16000\b/],
    where: ["customization-log"],
    cause: "The script went through, but errors that it tolerated left an exit code (16000) that PowerShell handed on.",
    remedy:
      "End the script, or a wrapper around it, with `exit 0` once its work is checked; or list 16000 in validExitCodes.",
    link: "https://github.com/The-Virtual-Desktop-Team/Virtual-Desktop-Optimization-Tool/issues/85",
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-share-unreachable",
    patterns: [/The\s+network\s+path\s+was\s+not\s+found/],
    where: ["customization-log"],
    cause: "The script reads a file share, but the build VM is in no domain and perhaps in another network.",
    remedy:
      "Put the files into blob storage (or the artifact of this task) and take them from there; join the domain later.",
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-networking",
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-batch-pause",
    patterns: [/Press\s+any\s+key\s+to\s+continue/],
    where: ["customization-log"],
    cause: "A batch file ran PAUSE, which waits for a key that nobody presses, or ends the file with an error.",
    remedy: "Take PAUSE out of the batch file, or call it with `< nul`; let it end with `exit /b 0`.",
    link: "https://learn.microsoft.com/windows-server/administration/windows-commands/pause",
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-wu-80240016",
    patterns: [/0x80240016/],
    where: ["customization-log"],
    cause: "Windows Update started while a restart was outstanding or another installation was still running.",
    remedy: "Put a restart step, and a wait if need be, before the Windows Update step.",
    link: `${json}#windows-update-customizer`,
    weight: "cause",
    retryable: true,
  },
  {
    id: "log-wu-invalid",
    patterns: [/the\s+windows\s+update\s+api\s+is\s+in\s+an\s+invalid\s+state/],
    where: ["customization-log"],
    cause: "Windows Update in the machine is broken, as it comes with some versions of the source image.",
    remedy:
      "Build again; if it comes back, use another version of the source image or put a restart before Windows Update.",
    link: `${updates}/issues/144`,
    weight: "cause",
    retryable: true,
  },
  {
    id: "log-wu-exhausted",
    patterns: [/\(exit status 1115\)[\s\S]{0,2000}: unexpected EOF/],
    where: ["customization-log"],
    cause: "The build VM is too small for Windows Update: the restart never came to an end and the connection broke.",
    remedy: "Choose a larger VM size: 4 processors are good for Windows Update.",
    link: `${troubleshoot}#information-events-show-low-windows-resources`,
    weight: "cause",
    retryable: true,
  },
  {
    id: "log-restart-1190",
    patterns: [/scheduled\.\(1190\)[\s\S]{0,3000}Timeout\s+waiting\s+for\s+machine\s+to\s+restart/],
    where: ["customization-log"],
    cause:
      "A shutdown was planned already (by Windows Update or a script), and the restart did not come within restartTimeout.",
    remedy: "Do not call shutdown in a script, and raise restartTimeout to 30 minutes.",
    link: `${troubleshoot}#windows-restart-continually-fails-with-error-code-1190`,
    weight: "cause",
    retryable: true,
  },
  {
    id: "log-restart-timeout",
    patterns: [/Timeout\s+waiting\s+for\s+machine\s+to\s+restart/],
    unless: [/scheduled\.\(1190\)/],
    where: ["customization-log"],
    cause: "The machine took longer to restart than restartTimeout allows, as Windows Server 2016 does after updates.",
    remedy: "Set restartTimeout to 30 minutes.",
    link: `${troubleshoot}#windows-restart-continually-fails-with-error-code-1190`,
    weight: "cause",
    retryable: true,
  },
  {
    id: "log-restart-exit",
    patterns: [/Restart\s+script\s+exited\s+with\s+non-zero\s+exit\s+status/],
    where: ["customization-log"],
    cause: "The restart command itself failed, or the machine went down before it could answer (16001).",
    remedy: "Leave restartCommand to its default, or give it a delay: `shutdown /r /f /t 10`.",
    link: "https://github.com/hashicorp/packer/issues/5936",
    weight: "cause",
    retryable: true,
  },
  {
    id: "log-ga-service",
    patterns: [/Cannot\s+find\s+any\s+service\s+with\s+service\s+name\s+'WindowsAzureGuestAgent'/],
    where: ["customization-log"],
    cause:
      "The steps were done within seconds: Sysprep began before the machine's guest agent was installed, and hung.",
    remedy: "Let a last PowerShell step wait a minute (`Start-Sleep 60`), or use a larger VM size.",
    link: `${troubleshoot}#theres-a-sysprep-timing-problem`,
    weight: "cause",
    retryable: true,
  },
  {
    id: "log-telemetry-service",
    patterns: [/Cannot\s+find\s+any\s+service\s+with\s+service\s+name\s+'WindowsAzureTelemetryService'/],
    where: ["customization-log"],
    cause: "The Sysprep script waits for a service that Azure's images no longer have: it is an old copy.",
    remedy: "Do not replace C:\\DeprovisioningScript.ps1, or take the present text of it.",
    link: "https://github.com/Azure/azvmimagebuilder/issues/38",
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-sysprep-stuck",
    patterns: [
      /\bIMAGE_STATE_UNDEPLOYABLE\s+IMAGE_STATE_UNDEPLOYABLE[\s\S]{0,3000}(?:Cancelling build|Cleanup requested|was cancelled)/,
    ],
    unless: [/Cannot\s+find\s+any\s+service\s+with\s+service\s+name/, /^IMAGE_STATE_GENERALIZE_RESEAL_TO_OOBE/m],
    where: ["customization-log"],
    cause:
      "Sysprep failed, and its script waited for it until the build was stopped: mostly store apps or open updates.",
    remedy:
      "Remove store apps for all users, put a restart step at the end, and read setupact.log in a machine that is kept " +
      "(errorHandling: abort).",
    link: `${troubleshoot}#theres-a-sysprep-timing-problem`,
    weight: "cause",
    retryable: false,
  },
];
