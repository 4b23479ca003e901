/** Whether an image definition takes an image of the source (facts, section 5, the match rules). Pure. */
import { readResourceId } from "../values/resource-id.ts";
import { type ImageTraits, isSecurityOnly, type Security, securityOf, traitsOfDefinition } from "./image-traits.ts";
import type { Json } from "./reads.ts";
import { nameSource } from "./source-image.ts";
import type { Problem, Subject } from "./types.ts";

interface Pair {
  readonly id: string;
  readonly definition: Json;
  /** Undefined where it is not known: then only what no build can fit is a problem. */
  readonly source: ImageTraits | undefined;
  readonly subject: Subject;
}

interface Compared {
  readonly name: string;
  readonly sourceName: string;
  readonly target: ImageTraits;
  readonly source: ImageTraits;
  /** Whether the source is of a gallery. */
  readonly isFromGallery: boolean;
}

/** What of the definition does not go with the source. */
export function fitDefinition({ id, definition, source, subject }: Pair): readonly Problem[] {
  const { source: chosen } = subject.template.properties;
  const compared = {
    name: readResourceId(id)?.names[1] ?? id,
    sourceName: nameSource(chosen),
    target: traitsOfDefinition(definition),
    source: source ?? {},
    isFromGallery: chosen.type === "SharedImageVersion",
  };
  const commands = [describeCreation(id, `${compared.name}-2`, source)].filter((one) => one !== undefined);
  const problems = [judgeTraits(compared), judgePlan(compared), judgeSecurity(compared)];
  return problems.flatMap((one) => (one === undefined ? [] : [{ ...one, commands, input: "galleryImage" }]));
}

type Told = Pick<Problem, "code" | "message" | "remedy">;

const immutable = "Distribute to a definition that fits, or create one: these properties of a definition never change.";

const compare = [
  ["osType", "the operating system"],
  ["generation", "the generation"],
  ["architecture", "the architecture"],
] as const;

function judgeTraits({ name, sourceName, target, source }: Compared): Told | undefined {
  const different = compare.flatMap(([key, word]) => {
    const [left, right] = [source[key], target[key]];
    if (left === undefined || right === undefined || left.toLowerCase() === right.toLowerCase()) return [];
    return [`${word} is ${left} in the source and ${right} in the definition`];
  });
  const state = target.osState;
  if (state !== undefined && state !== "Generalized") {
    different.push(`a build makes a Generalized image and the definition is for ${state} ones`);
  }
  if (different.length === 0) return undefined;
  return {
    code: "AIB007",
    message:
      `The image definition ${name} does not take an image of ${sourceName}: ${different.join("; ")}. ` +
      "The build would fail when it distributes the image, after all its steps.",
    remedy: immutable,
  };
}

function judgePlan({ name, sourceName, target, source }: Compared): Told | undefined {
  const [left, right] = [source.plan, target.plan];
  if (left === undefined || right === undefined) return undefined;
  const [mine, its] = [describePlan(left), describePlan(right)];
  if (mine.toLowerCase() === its.toLowerCase()) return undefined;
  return {
    code: "AIB008",
    message:
      `The purchase plan of ${sourceName} is ${mine}, and that of the image definition ${name} is ${its}; they must be ` +
      "the same. The build would fail when it distributes the image, after all its steps.",
    remedy: immutable,
  };
}

/** `name:product:publisher`, or `none`. */
export function describePlan(plan: NonNullable<ImageTraits["plan"]>): string {
  return plan === "none" ? "none" : `${plan.name}:${plan.product}:${plan.publisher}`;
}

const words: Readonly<Record<Security, string>> = {
  trustedLaunch: "Trusted Launch",
  confidentialVm: "confidential machines",
};

function judgeSecurity({ name, sourceName, target, source, isFromGallery }: Compared): Told | undefined {
  const [own, its] = [source.securityType, target.securityType];
  if (its === undefined) return undefined;
  if (isSecurityOnly(its)) {
    return {
      code: "AIB009",
      message:
        `The SecurityType of the image definition ${name} is ${its}, which takes only images that were captured from such ` +
        "machines; a build makes none. It would fail when it distributes the image, after all its steps.",
      remedy: `Distribute to a definition whose SecurityType ends in Supported, or create one: it never changes.`,
    };
  }
  if (own === undefined) return undefined;
  const [has, wants] = [securityOf(own), securityOf(its)];
  const lacking = wants.filter((one) => !has.includes(one));
  if (lacking.length > 0) {
    return {
      code: "AIB009",
      message:
        `The SecurityType of the image definition ${name} is ${its}, and that of the source ${sourceName} is ${own}: the ` +
        `source does not support ${lacking.map((one) => words[one]).join(" and ")}. The build would fail.`,
      remedy: "Distribute to a definition that fits, or create one, or build from a source that supports it.",
    };
  }
  if (!isFromGallery || has.every((one) => wants.includes(one))) return undefined;
  return {
    code: "AIB010",
    message:
      `The SecurityType of the source ${sourceName} is ${own}, and that of the image definition ${name} is ${its}. The ` +
      "service's documents ask for the same on both sides; such builds have been seen to work all the same.",
    remedy: "Nothing, if such builds work for you; else distribute to a definition of the same SecurityType.",
  };
}

/** The command that makes a definition for images of the source; undefined where the source is not known well enough. */
export function describeCreation(id: string, name: string, source: ImageTraits | undefined): string | undefined {
  const parsed = readResourceId(id);
  if (parsed === undefined || source?.osType === undefined) return undefined;
  const { osType, generation = "V2", architecture = "x64", plan = "none", securityType = "none" } = source;
  const [gallery = ""] = parsed.names;
  // Publisher, offer and SKU are labels that only have to be unique in the gallery.
  return [
    `az sig image-definition create --subscription ${parsed.subscriptionId} --resource-group ${parsed.resourceGroup}`,
    `--gallery-name ${gallery} --gallery-image-definition ${name} --publisher ${gallery} --offer ${name} --sku ${name}`,
    `--os-type ${osType} --os-state Generalized --hyper-v-generation ${generation} --architecture ${architecture}`,
    ...(securityType === "none" || isSecurityOnly(securityType) ? [] : [`--features SecurityType=${securityType}`]),
    ...(plan === "none"
      ? []
      : [`--plan-name ${plan.name} --plan-product ${plan.product} --plan-publisher ${plan.publisher}`]),
  ].join(" ");
}
