/** `planBuild`: everything decided before anything is created. Pure: time and chance are among the facts. */
import { noteCodes } from "../codes.ts";
import type { Facts } from "../facts/types.ts";
import { collectFindings, type Findings } from "../findings.ts";
import type { Inputs } from "../inputs/types.ts";
import { buildSource } from "../kinds/source/index.ts";
import { diesWithTemplate, planTarget } from "../kinds/target/index.ts";
import { planArtifact } from "./artifact.ts";
import { planSteps, planValidation } from "./customize.ts";
import { provenanceTags, templateName } from "./names.ts";
import { planOsType } from "./os-type.ts";
import type { BuildPlan, PlannedTarget } from "./types.ts";
import { planVmProfile } from "./vm-profile.ts";

/** Plans the build. Throws InputError when inputs and facts do not go together. */
export function planBuild(inputs: Inputs, facts: Facts): BuildPlan {
  const findings = collectFindings();
  const told = planOsType(inputs, facts, findings);
  const osType = told ?? "linux";
  const template = {
    subscriptionId: facts.subscriptionId,
    resourceGroup: inputs.resourceGroup,
    name: inputs.templateName ?? templateName(facts.run, facts.nonce),
  };
  const place = { ...template, location: facts.location, facts: facts.target };
  const source = buildSource(inputs.source, facts.source);
  const artifact = planArtifact(inputs, facts, osType, findings);
  const target: PlannedTarget = planTarget(inputs.target, place, findings);
  const tags = provenanceTags(facts.run);
  const plan = {
    template,
    apiVersion: "2024-02-01",
    location: facts.location,
    identityId: fullIdentityId(inputs, facts),
    osType,
    source,
    ...(artifact === undefined ? {} : { artifact }),
    customize: planSteps(inputs, osType, findings),
    ...planValidation(inputs, osType),
    target,
    vmProfile: planVmProfile(inputs, facts, findings),
    optimizeVmBoot: inputs.optimizeVmBoot,
    errorHandling: { onCustomizerError: inputs.onCustomizerError, onValidationError: inputs.onValidationError },
    ...planStaging(inputs, facts),
    templateTags: tags,
    imageTags: tags,
    buildTimeoutInMinutes: inputs.buildTimeoutInMinutes,
    deleteTemplate: keepsNothing(target, findings),
    ...(source.type === "PlatformImage" ? { platformImage: namesOf(source) } : {}),
  } as const;
  notePlan(inputs, facts, findings);
  findings.throwProblems();
  return { ...plan, notes: [...inputs.notes, ...facts.notes, ...findings.notes] };
}

function fullIdentityId(inputs: Inputs, facts: Facts): string {
  const { managedIdentity: identity, resourceGroup } = inputs;
  if (identity.startsWith("/")) return identity;
  return `/subscriptions/${facts.subscriptionId}/resourceGroups/${resourceGroup}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/${identity}`;
}

function planStaging(
  { stagingResourceGroup: group, managedResourceTags: tags }: Inputs,
  facts: Facts,
): Pick<BuildPlan, "stagingResourceGroup" | "managedResourceTags"> {
  const id =
    group?.startsWith("/") === false ? `/subscriptions/${facts.subscriptionId}/resourceGroups/${group}` : group;
  return {
    ...(id === undefined ? {} : { stagingResourceGroup: id }),
    ...(Object.keys(tags).length === 0 ? {} : { managedResourceTags: tags }),
  };
}

function keepsNothing(target: PlannedTarget, findings: Findings): boolean {
  if (!diesWithTemplate(target)) return true;
  findings.note(
    noteCodes.templateStays,
    "vhdUri",
    "The VHD lies in the template's staging group: the template stays, or the VHD would be deleted with it. Copy it, then delete the template.",
  );
  return false;
}

function namesOf(source: {
  readonly publisher: string;
  readonly offer: string;
  readonly sku: string;
  readonly version: string;
}): NonNullable<BuildPlan["platformImage"]> {
  const { publisher, offer, sku, version } = source;
  return { publisher, offer, sku, version };
}

function notePlan(inputs: Inputs, facts: Facts, findings: Findings): void {
  if (inputs.source.kind !== "platformImage" || inputs.source.plan !== undefined) return;
  const { plan } = facts.source;
  if (plan === undefined) return;
  findings.note(
    noteCodes.derivedPlan,
    "purchasePlan",
    `The source image's purchase plan is ${plan.name}:${plan.product}:${plan.publisher}.`,
  );
}
