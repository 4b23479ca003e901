/** The machine that builds. */
import { noteCodes } from "../codes.ts";
import type { Facts } from "../facts/types.ts";
import type { Findings } from "../findings.ts";
import type { TemplateVmProfile } from "../image-template.ts";
import type { Inputs } from "../inputs/types.ts";
import { factsOfDefinition } from "./known-source.ts";

/** Starts images of both generations and is enough for Windows (facts, section 5). */
const x64Size = "Standard_D2ds_v5";
const arm64Size = "Standard_D2pds_v5";

/**
 * The build VM's profile. A size is always sent: the service's own default is too small for Windows, does not fit every
 * generation and is never Arm64 (facts, section 13, row 2).
 */
export function planVmProfile(inputs: Inputs, facts: Facts, findings: Findings): TemplateVmProfile {
  const { network } = inputs;
  return {
    vmSize: inputs.vmSize ?? deriveVmSize(facts, findings),
    ...(inputs.osDiskSizeGB === 0 ? {} : { osDiskSizeGB: inputs.osDiskSizeGB }),
    ...(inputs.buildVmIdentities.length === 0 ? {} : { userAssignedIdentities: inputs.buildVmIdentities }),
    ...(network === undefined
      ? {}
      : {
          vnetConfig: {
            subnetId: network.subnet,
            ...(network.containerInstanceSubnet === undefined
              ? {}
              : { containerInstanceSubnetId: network.containerInstanceSubnet }),
            ...(network.proxyVmSize === undefined ? {} : { proxyVmSize: network.proxyVmSize }),
          },
        }),
  };
}

function deriveVmSize(facts: Facts, findings: Findings): string {
  const { hyperVGeneration } = facts.source;
  const taken = factsOfDefinition(facts)?.architecture;
  const architecture = facts.source.architecture ?? taken;
  const isArm = architecture?.toLowerCase() === "arm64";
  const size = isArm ? arm64Size : x64Size;
  const known = [architecture, hyperVGeneration && `generation ${hyperVGeneration.replace(/^v/i, "")}`].filter(Boolean);
  const why =
    taken !== undefined
      ? `: the source image could not be read, and the image definition takes ${taken} images`
      : known.length > 0
        ? `: the source image is ${known.join(", ")}`
        : "; the source image's architecture is not known and taken for x64";
  findings.note(noteCodes.derivedVmSize, "vmSize", `The build VM is a ${size}${why}.`);
  return size;
}
