/** Failures that the log of a Linux build tells. */
import type { KnownFailure } from "../types.ts";

const json = "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-json";
const sudo = `${json}#super-user-privileges`;

/** Failures of shell steps, packages and the agent in Linux machines (`log-*`). Texts: the issues and pages linked. */
export const logLinuxFailures: readonly KnownFailure[] = [
  {
    id: "log-ssh-timeout",
    patterns: [/^Timeout\s+waiting\s+for\s+SSH\b/m, /errored[^\n]{0,80}: Timeout\s+waiting\s+for\s+SSH\b/],
    where: ["customization-log", "pipeline-log"],
    cause:
      "The build VM never answered on port 22: a network security group, a firewall or a route blocks it, or the " +
      "source image is hardened and has SSH switched off.",
    remedy:
      "In your own subnet allow TCP 60000-60001 from AzureLoadBalancer and TCP 22 within the network; try a source image that is " +
      "not hardened.",
    command:
      "az network nsg rule list --resource-group <network-group> --nsg-name <nsg> --include-default --output table",
    link: "https://learn.microsoft.com/azure/virtual-machines/linux/image-builder-networking",
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-disconnect-unexpected",
    patterns: [/Script\s+disconnected\s+unexpectedly/],
    where: ["customization-log", "pipeline-log"],
    cause: "The script rebooted the machine or ended its own SSH connection; a shell step cannot wait for a restart.",
    remedy: "Do not reboot in a shell step. Leave what needs a restart to the first boot of the image.",
    link: "https://github.com/hashicorp/packer/issues/11203",
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-noexec",
    patterns: [/Remote command exited with '126': chmod \+x \/tmp\/script_\d{1,9}\.sh/],
    where: ["customization-log"],
    cause:
      "The script could not be executed at all: /tmp is mounted noexec in a hardened image, or its first line names an " +
      "interpreter that the machine does not have or may not run.",
    remedy:
      "Use a source image in which /tmp may hold programs, or one that is not hardened; check the script's first line.",
    link: "https://github.com/hashicorp/packer/issues/13324",
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-sudo-password",
    patterns: [/sudo:\s+a\s+terminal\s+is\s+required\s+to\s+read\s+the\s+password/],
    where: ["customization-log"],
    cause:
      "sudo wants a password: the source image, or an earlier step, took away the build user's right to do without.",
    remedy: "Start from an image with the usual sudoers files, and do not change them before the last step.",
    link: sudo,
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-apt-nopackage",
    patterns: [
      /^E:\s+Unable\s+to\s+locate\s+package\s/m,
      /^E:\s+Package\s+'[^'\n]{1,80}'\s+has\s+no\s+installation\s+candidate/m,
    ],
    where: ["customization-log", "pipeline-log"],
    cause:
      "apt knows no package of that name: the lists in the image are missing or old, the name is wrong for this release, or " +
      "its source is not configured.",
    remedy:
      "Run `sudo apt-get update` in the same step before the installation, wait for cloud-init first (`cloud-init status --wait`), " +
      "and check the name for this release.",
    link: "https://github.com/scylladb/scylla-machine-image/pull/494",
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-apt-lock",
    patterns: [/Could\s+not\s+get\s+lock\s+\/var\/(?:lib|cache)\/(?:dpkg|apt)/],
    where: ["customization-log"],
    cause: "Another process held apt's lock: cloud-init or the automatic updates were still at work after the start.",
    remedy:
      "Begin the first script with `sudo cloud-init status --wait`, and give apt-get `-o DPkg::Lock::Timeout=300`.",
    link: "https://github.com/actions/runner-images/issues/1120",
    weight: "cause",
    retryable: true,
  },
  {
    id: "log-dpkg-frontend",
    patterns: [/dpkg\s+frontend\s+(?:lock\s+was|is)\s+locked\s+by\s+another\s+process/],
    where: ["customization-log"],
    cause: "dpkg's lock was held by another process, mostly the machine's automatic updates.",
    remedy:
      "Wait for it: `sudo cloud-init status --wait` first, and install through apt-get with `-o DPkg::Lock::Timeout=300`.",
    link: "https://github.com/actions/runner-images/issues/13488",
    weight: "cause",
    retryable: true,
  },
  {
    id: "log-apt-lists",
    patterns: [/Could\s+not\s+open\s+file\s+\/var\/lib\/apt\/lists\//],
    where: ["customization-log"],
    cause:
      "The script used apt before the machine had finished its first start, while cloud-init rewrote the package lists.",
    remedy: "Begin the first script with `sudo cloud-init status --wait`, then `sudo apt-get update`.",
    link: "https://github.com/MicrosoftDocs/azure-compute-docs/pull/179",
    weight: "cause",
    retryable: true,
  },
  {
    id: "log-waagent-missing",
    patterns: [/\/usr\/sbin\/waagent:\s+(?:command\s+)?not\s+found/],
    where: ["customization-log"],
    cause:
      "The last, hidden step cleans the image with /usr/sbin/waagent, and the source image has no Azure Linux Agent there.",
    remedy:
      "Install the agent (package walinuxagent) in an earlier step, link it to /usr/sbin/waagent, or write a " +
      "/tmp/DeprovisioningScript.sh of your own.",
    link: "https://github.com/danielsollondon/azvmimagebuilder/issues/126",
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-deprov-handshake",
    patterns: [/Error\s+removing\s+temporary\s+script\b[^\n]{0,200}handshake\s+failed/],
    where: ["customization-log"],
    cause:
      "A step removed the build user (deprovisioning), so Packer could not log in again to clean up after the script.",
    remedy: "Leave deprovisioning to the service, which does it last, or make it the last command of the last step.",
    link: "https://developer.hashicorp.com/packer/integrations/hashicorp/azure/latest/components/builder/arm",
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-upload",
    patterns: [/Upload\s+failed:\s/, /Error\s+uploading\s+(?:script|file)\b/],
    where: ["customization-log"],
    cause:
      "A file could not be written to its place in the machine: the folder does not exist, or the build user may not " +
      "write there (in Linux it may write to /tmp and its home only).",
    remedy: "Upload to /tmp and move the file in a script with sudo; in Windows make the folder in an earlier step.",
    link: "https://github.com/hashicorp/packer/issues/8382",
    weight: "cause",
    retryable: false,
  },
  {
    id: "log-need-root",
    patterns: [
      /are\s+you\s+root\?/,
      /must\s+be\s+run\s+as\s+root/i,
      /:\s+Operation\s+not\s+permitted/,
      /:\s+Permission\s+denied/,
    ],
    unless: [/Upload\s+failed:/, /Could\s+not\s+get\s+lock/],
    where: ["customization-log"],
    cause: "A command needed root: shell steps run as an ordinary user.",
    remedy: "Put sudo before the command (`sudo tee` in place of `>`), or run the whole file: `sudo -E bash <script>`.",
    link: sudo,
    weight: "cause",
    retryable: false,
  },
];
