/** Failures that Packer itself tells in the build's log, whatever the system. */
import type { KnownFailure } from "../types.ts";

const troubleshoot = "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-troubleshoot";

/** Told by the times of the log's lines, not by a pattern: a command started, and nothing followed until the end. */
export const silence: KnownFailure = {
  id: "log-silence",
  patterns: [],
  where: ["customization-log"],
  cause:
    "The last command said nothing until the build was stopped: it waits for somebody to answer, or an installer hangs.",
  remedy:
    "Give installers their silent switches and every command a time limit of its own, and let the script say what it " +
    "does. Do not use winget as SYSTEM (runElevated with runAsSystem).",
  link: `${troubleshoot}#build-is-canceled-after-context-cancellation`,
  weight: "cause",
  retryable: false,
};

/** Failures of the connection, of downloads and of the build VM's deployment (`log-*`). Texts: the issues linked. */
export const logPackerFailures: readonly KnownFailure[] = [
  silence,
  {
    id: "log-download",
    patterns: [/Downloading\s+external\s+file [^\n]{0,1000}failed: Error downloading\b/],
    where: ["customization-log", "arm-error", "pipeline-log"],
    cause:
      "A script or file of the template could not be fetched: the address is wrong, has run out or is blocked, or the " +
      "identity may not read it.",
    remedy: "Open the address with the rights of the identity; keep files in your own storage account.",
    command: "az storage blob show --auth-mode login --blob-url <address>",
    link: `${troubleshoot}#error-occurs-with-downloading-an-external-file-to-a-local-file`,
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-file-slow",
    patterns: [/\b\d{4,9} B \/ \d{5,12} B {1,4}[\d.]{1,8}%[\s\S]{0,2000}hours later/, /\b826 B \/ \d{5,12} B/],
    where: ["customization-log"],
    cause:
      "A File step carries a large file, in pieces of less than a kilobyte: it is made for files of a few megabytes.",
    remedy: "Fetch large files in a script: curl, Invoke-WebRequest, or azcopy with an identity of the build VM.",
    link: `${troubleshoot}#file-download-time-is-long`,
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-deprov-missing",
    patterns: [/^Deprovisioning\s+script\s+\[[^\]\n]{1,200}\]\s+could\s+not\s+be\s+found/m],
    where: ["customization-log"],
    cause:
      "A step deleted the service's deprovisioning script (a clean-up of C:\\ or /tmp), so the image is not made general.",
    remedy: "Do not empty C:\\ or /tmp: leave DeprovisioningScript.ps1 and DeprovisioningScript.sh where they are.",
    link: `${troubleshoot}#stages-of-the-customization-log`,
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-imds",
    patterns: [/from\s+VM\s+metadata\s+service\s+for\s+Managed\s+Identity\s+authentication/],
    where: ["customization-log", "pipeline-log"],
    cause:
      "Packer wanted to sign in with a managed identity, but it does not run in an Azure VM, or its network has no way.",
    remedy: "Give Packer another sign-in (a service principal or the CLI's), or run it in a VM with an identity.",
    link: "https://developer.hashicorp.com/packer/integrations/hashicorp/azure",
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-disconnect-2300218",
    patterns: [
      /Remote\s+command\s+exited\s+without\s+exit\s+status\s+or\s+exit\s+signal/,
      /(?:Communicator\s+ended\s+with|exited\s+with\s+code|non-zero\s+exit\s+status):\s+(?:2300218|16001)\b/,
    ],
    unless: [/Script\s+disconnected\s+unexpectedly/, /Restart\s+script\s+exited/],
    where: ["customization-log"],
    cause:
      "The connection to the build VM broke while the step ran: it changed the firewall, SSH, WinRM or the network card, " +
      "or the machine ran out of resources.",
    remedy:
      "Keep ports 22 and 5986 open to the end, harden in the last step or at first boot, and use a larger VM size.",
    link: `${troubleshoot}#build-is-canceled-after-context-cancellation`,
    weight: "cause",
    retryable: true,
  },
  {
    id: "log-poll-timeout",
    patterns: [/Future#WaitForCompletion:\s+context\s+has\s+been\s+cancelled:\s+StatusCode=200/],
    unless: [/[Gg]allery\b/, /SIG publish/],
    where: ["customization-log"],
    cause: "Packer waited longer than it may for Azure to make a resource of the build.",
    remedy: "Run the build again.",
    link: "https://github.com/MicrosoftDocs/azure-docs/issues/53477",
    weight: "cause",
    retryable: true,
  },
  {
    id: "log-wu-exit",
    patterns: [/Windows\s+update\s+script\s+exited\s+with\s+non-zero\s+exit\s+status/],
    unless: [/0x80240016/, /windows\s+update\s+api\s+is\s+in/, /exit\s+status:\s+(?:2300218|16001)\b/],
    where: ["customization-log"],
    cause: "An update of Windows could not be installed.",
    remedy:
      "Read the lines above for its number and leave it out: filters `exclude:$_.Title -like '*KB<number>*'` before " +
      "`include:$true`.",
    link: "https://github.com/rgl/packer-plugin-windows-update/issues/21",
    weight: "cause",
    retryable: true,
  },
  {
    id: "log-deploy-failed",
    patterns: [/ERROR:\s+->\s+DeploymentFailed\b/],
    where: ["customization-log"],
    cause: "The build VM could not be made; the `ERROR: ->` lines below, the more indented the better, say why.",
    remedy: "Look up the innermost code: a size that is not to be had, a quota, a policy, a wrong request.",
    link: "https://github.com/hashicorp/packer/issues/4928",
    weight: "symptom",
    retryable: false,
  },
  {
    id: "log-nonzero",
    patterns: [/^(?:Build '[^'\n]{1,80}' errored[^\n:]{0,80}: )?Script\s+exited\s+with\s+non-zero\s+exit\s+status/m],
    where: ["customization-log"],
    cause: "A script of the step ended with an exit code that stands for an error; its own output says why.",
    remedy:
      "Read the last lines of the step. If the code is no failure, list it in validExitCodes of a PowerShell step; a shell " +
      "step must end with 0.",
    link: `${troubleshoot}#packer-build-command-fails`,
    weight: "symptom",
    retryable: false,
  },
];
