/** What the pipeline's log leaves out unless everything is asked for: Packer's chatter and lines known to be harmless. */
import type { LogLine } from "./types.ts";

/** Said by Packer about itself, about resources it makes and removes, or while it waits. From whole logs of the service. */
const chatter: readonly RegExp[] = [
  /^Running builder \.\.\./,
  /^(?:Creating Azure Resource Manager|ARM Client successfully)/,
  /^Getting (?:source image id|the certificate's URL|the VM's IP address|the Virtual Machine's)/,
  /^Setting the certificate's URL/,
  /^Using existing resource group/,
  /^Validating deployment template/,
  /^ ?-> /,
  /^WinRM connected\.$/,
  /^Querying the machine's properties/,
  /^Skipping image creation/,
  /^(?:Deleting |Deleted -> |Removing the created )/,
  /^The resource group was /,
  /^Provisioning step had errors: Running the cleanup provisioner/,
  /^(?:Wait completed after|Builds finished|Some builds didn't complete successfully)/,
  /^Done exporting Packer logs/,
  /^e: Running in background, not using a TTY/,
  /^Azure\.ResourceManagement\.VMImage:/,
  /^Error deleting resource\. Will retry\./,
  /^ERROR: -> ResourceGroup(?:NotFound|BeingDeleted) /,
  /^Error: network\.\w+#Delete: /,
];

/**
 * Hidden in a step, too, where everything else may be a script's words: newer logs show those as Packer's own. Harmless
 * by the corpus of real logs.
 */
const harmless: readonly RegExp[] = [
  /^output will be in this color\.$/,
  /^Provisioning with (?:powershell|shell) script: \/tmp\/[\w-]+$/,
  /^Provisioning with Powershell\.\.\.$/,
  /^A system shutdown (?:has already been scheduled|is in progress)\.\(\d+\)/,
  /^debconf: (?:unable to initialize frontend|falling back to frontend|\((?:Dialog frontend|This frontend))/,
  /^Waiting for operation to complete \(system performance: /,
  /^WARNING! (?:The waagent service|Cached DHCP leases|root password|\/etc\/resolv|packer account)/,
];

/** What a progress bar leaves of itself on a line of its own. */
const PROGRESS = /\d+(?:\.\d+)?\s?%\s*$/;

/** Whether `line` is hidden where only what matters is shown. `inStep`: a step of the template or the service runs. */
export function isNoise({ kind, text }: LogLine, inStep: boolean): boolean {
  if (kind === "debug") return true;
  if (kind === "other" && PROGRESS.test(text)) return true;
  return (inStep || kind === "output" ? harmless : [...chatter, ...harmless]).some((pattern) => pattern.test(text));
}
