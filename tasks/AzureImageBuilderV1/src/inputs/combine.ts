/** Inputs that belong together, put together: combinations that contradict each other are problems. */
import { noteCodes, problemCodes } from "../codes.ts";
import type { Findings } from "../findings.ts";
import { describeSourceKinds, sourceKindNames, sourceKinds } from "../kinds/source/index.ts";
import type { SourceChoice } from "../kinds/source/types.ts";
import { readResourceId } from "../values/resource-id.ts";
import type { Choice } from "./row.ts";
import { combineRunArtifact } from "./run-artifact.ts";
import type { InputValues } from "./table.ts";
import type { Inputs } from "./types.ts";

/** The source, or undefined where no input names one that is good; its problems are in `findings` then. */
export function combineSource(values: InputValues, choice: Choice, findings: Findings): SourceChoice | undefined {
  const input = choice.sourceInput;
  const text = input === undefined ? undefined : values[input];
  const told = values.imageSource;
  if (values.purchasePlan !== undefined && choice.sourceInput !== undefined && !choice.marketplace) {
    findings.problem("purchasePlan", {
      code: problemCodes.conflict,
      why: "only marketplace images have a purchase plan",
      legal: "nothing, with this source image",
    });
  }
  if (input === undefined || text === undefined) return undefined;
  const kind = told ?? sourceKindNames.find((name) => sourceKinds[name].accepts(text));
  if (kind === undefined) {
    findings.problem(input, {
      code: problemCodes.badImage,
      given: text,
      why: `\`${text}\` is not the ID of an image`,
      legal: describeSourceKinds(),
    });
    return undefined;
  }
  const given = { input, text, version: values.sourceVersion, plan: values.purchasePlan };
  return sourceKinds[kind].read(given, findings);
}

/** The artifact, when there is a path to it or a run that has it, and an account to put it in (older-task rule: build without otherwise). */
export function combineArtifact(values: InputValues, choice: Choice, findings: Findings): Pick<Inputs, "artifact"> {
  const { artifactPath: path, storageAccount } = values;
  const run = combineRunArtifact(values, findings);
  if (path !== undefined && !choice.artifact) {
    findings.note(
      noteCodes.noArtifact,
      "storageAccount",
      "artifactPath is given and storageAccount is not: the image is built WITHOUT those files. Name a storage account to take them along.",
    );
  }
  const origin = path !== undefined ? { path } : run !== undefined ? { run } : undefined;
  if (origin === undefined || storageAccount === undefined) return {};
  const { artifactAccess: access } = values;
  if (access === "vmIdentity" && values.buildVmIdentities.length === 0) {
    findings.problem("buildVmIdentities", {
      code: problemCodes.missing,
      why: "artifactAccess is vmIdentity, and the build VM is given no identity (the template's is not among its own)",
      legal: "the ID of a user-assigned identity that may read the artifact's container (Storage Blob Data Reader)",
    });
  }
  return {
    artifact: {
      ...origin,
      storageAccount,
      container: values.storageContainer,
      retentionDays: values.artifactRetentionDays,
      access,
    },
  };
}

/** The build VM's network, when a subnet is given. */
export function combineNetwork(values: InputValues, choice: Choice, findings: Findings): Pick<Inputs, "network"> {
  const { subnet, containerInstanceSubnet: container, proxyVmSize } = values;
  if (!choice.subnet && container !== undefined) {
    findings.problem("containerInstanceSubnet", {
      code: problemCodes.conflict,
      given: container,
      why: "it only goes with subnet, which is missing",
      legal: "both subnets of one virtual network, or subnet alone",
    });
  }
  if (subnet === undefined) return {};
  if (container === undefined) return { network: { subnet, ...(proxyVmSize === undefined ? {} : { proxyVmSize }) } };
  const fault = containerSubnetFault(subnet, container);
  if (fault !== undefined) {
    findings.problem("containerInstanceSubnet", {
      code: problemCodes.conflict,
      given: container,
      why: fault,
      legal: "another subnet of the virtual network that subnet is in",
    });
  }
  if (proxyVmSize !== undefined) {
    findings.note(
      noteCodes.ignoredInput,
      "proxyVmSize",
      "proxyVmSize is not used: with a container subnet there is no proxy VM.",
    );
  }
  return { network: { subnet, containerInstanceSubnet: container } };
}

/** The list of steps; the short inputs beside it would be a second list, and which comes first could not be told. */
export function combineSteps(values: InputValues, findings: Findings): Pick<Inputs, "steps"> {
  const { steps } = values;
  if (steps.length === 0) return { steps };
  const asStep = (input: string, step: string): void =>
    findings.problem(input, {
      code: problemCodes.conflict,
      why: `it does not go together with steps; write it as a step: ${step}`,
      legal: "nothing, with steps",
    });
  if (values.inlineScript.some((line) => line.trim() !== "")) {
    asStep("inlineScript", "`- shell: |` (Linux) or `- powershell: |` (Windows) with the script beneath");
  }
  if (values.windowsUpdate) asStep("windowsUpdate", "`- windowsUpdate`");
  if (values.runElevated) asStep("runElevated", "`- powershell: { inline: …, runElevated: true }`");
  return { steps };
}

/** The validation, when it is enabled. */
export function combineValidation(
  values: InputValues,
  given: { readonly script: boolean; readonly validators: boolean },
  findings: Findings,
): Pick<Inputs, "validation"> {
  if (!values.enableValidation) return {};
  if (given.script && given.validators) {
    findings.problem("validators", {
      code: problemCodes.conflict,
      why: "it does not go together with validationScript; write the script as a validator: `- shell: |` or `- powershell: |`",
      legal: "either validationScript or validators",
    });
  }
  if (!given.script && !given.validators) {
    findings.problem("validationScript", {
      code: problemCodes.missing,
      why: "validation is enabled and there is nothing to run",
      legal: "a script that exits 0 when the image is good, or a list in validators",
    });
  }
  return {
    validation: {
      script: values.validationScript,
      validators: values.validators,
      sourceValidationOnly: values.sourceValidationOnly,
      continueOnFailure: values.continueOnValidationFailure,
    },
  };
}

/** Two different subnets of one virtual network (facts, section 1.3). */
function containerSubnetFault(subnet: string, container: string): string | undefined {
  const [a, b] = [readResourceId(subnet.toLowerCase()), readResourceId(container.toLowerCase())];
  if (a?.id === b?.id) return "it is the same subnet as subnet";
  const sameNetwork =
    a?.subscriptionId === b?.subscriptionId && a?.resourceGroup === b?.resourceGroup && a?.names[0] === b?.names[0];
  return sameNetwork ? undefined : "it is in another virtual network than subnet";
}
