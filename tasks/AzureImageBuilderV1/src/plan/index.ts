/** `planBuild`: everything decided before anything is created. Pure: time and chance are among the facts. */
import { noteCodes, problemCodes } from "../codes.ts";
import type { Facts } from "../facts/types.ts";
import { collectFindings, type Findings } from "../findings.ts";
import type { Inputs } from "../inputs/types.ts";
import { buildSource } from "../kinds/source/index.ts";
import { buildDistributor, diesWithTemplate } from "../kinds/target/index.ts";
import type { Numbering } from "../kinds/target/types.ts";
import { identityId } from "../values/resource-id.ts";
import { tagNames } from "../values/tag-names.ts";
import { lowestApiVersion } from "./api-version.ts";
import { planArtifact } from "./artifact.ts";
import { planSteps, planValidation } from "./customize.ts";
import { imageProvenance, provenanceTags, templateName } from "./names.ts";
import { factsOfDefinition } from "./known-source.ts";
import { planOsType } from "./os-type.ts";
import { checkSubscription } from "./subscription.ts";
import { fileDies, planFileParts, planFileValidation } from "./template-file.ts";
import { planTargets } from "./targets.ts";
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
    name: inputs.templateName ?? templateName(facts.run),
  };
  const place = { ...template, location: facts.location, numbering: planNumbering(facts, template.name) };
  const source = buildSource(inputs.source, { ...factsOfDefinition(facts), ...facts.source });
  const artifact = planArtifact(inputs, facts, osType, findings);
  const planning = { inputs, facts, osType, artifact, findings };
  const targets = planTargets(inputs, facts, { place, findings });
  const fileParts = planFileParts(inputs, targets.target);
  const newer = planNewer(inputs, fileParts.more);
  const plan = {
    template,
    apiVersion: lowestApiVersion({
      additionalDataDisks: newer.more?.additionalDataDisks,
      optimize: { workload: newer.more?.workload },
      distribute: fileParts.distribute ?? listOf(targets).map((one) => buildDistributor(one, {})),
    }),
    location: facts.location,
    identityId: identityId(inputs.managedIdentity, { ...inputs, subscriptionId: facts.subscriptionId }),
    osType,
    source,
    ...(artifact === undefined ? {} : { artifact }),
    customize: planSteps(planning),
    ...planFileValidation(inputs),
    ...planValidation(planning),
    otherTargets: targets.otherTargets,
    ...fileParts,
    ...newer,
    ...(inputs.templateOverrides === undefined ? {} : { overrides: inputs.templateOverrides }),
    vmProfile: planVmProfile(inputs, facts, findings),
    optimizeVmBoot: inputs.optimizeVmBoot,
    errorHandling: { onCustomizerError: inputs.onCustomizerError, onValidationError: inputs.onValidationError },
    ...planStaging(inputs, facts),
    templateTags: withTags(
      "templateTags",
      { ...inputs.file?.tags, ...inputs.templateTags },
      provenanceTags(facts.run),
      findings,
    ),
    imageTags: withTags(
      "imageTags",
      inputs.imageTags,
      imageProvenance(facts.run, template.name, inputs.provenanceTags),
      findings,
    ),
    tagDigests: inputs.provenanceTags !== "none",
    buildTimeoutInMinutes: inputs.buildTimeoutInMinutes,
    deleteTemplate: keepsNothing(inputs, targets, findings),
    cleanup: inputs.cleanup,
    onCancel: inputs.onCancel,
    verbosity: inputs.verbosity,
    attachLog: inputs.attachLog,
    ...(source.type === "PlatformImage" ? { platformImage: namesOf(source) } : {}),
  } as const;
  notePlan(inputs, facts, findings);
  checkSubscription(inputs, facts, findings);
  findings.throwProblems();
  return { ...plan, notes: [...inputs.notes, ...facts.notes, ...findings.notes] };
}

function planNumbering({ now, run }: Facts, template: string): Numbering {
  const { buildNumber = "", startedAt = now } = run;
  return { now, startedAt, buildNumber, template, run: provenanceTags(run)[tagNames.run] ?? "" };
}

/** What inputs say of the newer properties, over what the template file says. */
function planNewer({ dataDisks, optimizeWorkload }: Inputs, ofFile: BuildPlan["more"]): Pick<BuildPlan, "more"> {
  const more = {
    ...ofFile,
    ...(dataDisks.length === 0 ? {} : { additionalDataDisks: dataDisks.map((sizeGB) => ({ sizeGB })) }),
    ...(optimizeWorkload === undefined ? {} : { workload: optimizeWorkload }),
  };
  return Object.keys(more).length === 0 ? {} : { more };
}

type Targets = Pick<BuildPlan, "target" | "otherTargets">;

function listOf({ target, otherTargets }: Targets): readonly PlannedTarget[] {
  return [target, ...otherTargets];
}

type Tags = Readonly<Record<string, string>>;

/** Azure allows 50 tags, two of which the template adds for the digests. */
function withTags(input: "templateTags" | "imageTags", given: Tags, own: Tags, findings: Findings): Tags {
  const room = 48 - Object.keys(own).length;
  const count = Object.keys(given).length;
  if (count > room) {
    findings.problem(input, {
      code: problemCodes.badTags,
      why: `these are ${count} tags, and the task sets ${50 - room} of the 50 that Azure allows`,
      legal: `at most ${room} tags`,
    });
  }
  return { ...given, ...own };
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

function keepsNothing({ file }: Inputs, targets: Targets, findings: Findings): boolean {
  if (!listOf(targets).some((one) => diesWithTemplate(one)) && !fileDies(file?.properties.distribute)) return true;
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
  const taken = factsOfDefinition(facts)?.plan;
  const plan = facts.source.plan ?? taken;
  if (plan === undefined) return;
  findings.note(
    noteCodes.derivedPlan,
    "purchasePlan",
    `The source image's purchase plan is ${plan.name}:${plan.product}:${plan.publisher}` +
      `${taken === undefined ? "" : ", as the image definition names it; the image could not be read"}.`,
  );
}
