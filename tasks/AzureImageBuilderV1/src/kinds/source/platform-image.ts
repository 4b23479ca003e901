/** Source: an image of the Azure Marketplace, `publisher:offer:sku[:version]`. */
import { noteCodes, problemCodes } from "../../codes.ts";
import type { Findings } from "../../findings.ts";
import type { OsType } from "../../ports.ts";
import { isVersionNumber, newestVersion } from "../../values/version.ts";
import { attempt, type KindReads, noteNotPinned } from "../reads.ts";
import type { PlatformImageChoice, SourceFacts, SourceKind, SourceText } from "./types.ts";

const example = "Canonical:ubuntu-24_04-lts:server";
const legal = `publisher:offer:sku or publisher:offer:sku:version, e.g. ${example}`;

/** Marketplace images (facts, sections 1.2 and 8). */
export const platformImage: SourceKind<PlatformImageChoice> = {
  label: "a marketplace image",
  example,
  imageSourceWords: ["marketplace"],
  olderInput: "baseImagePubOfferSku",
  accepts: (text) => !text.startsWith("/"),
  read: readPlatformImage,
  gather: gatherPlatformImage,
  build: ({ publisher, offer, sku, version, plan }, facts) => {
    const known = plan ?? facts.plan;
    return {
      type: "PlatformImage",
      publisher,
      offer,
      sku,
      version: version === "latest" ? (facts.version ?? "latest") : version,
      ...(known === undefined
        ? {}
        : { planInfo: { planName: known.name, planProduct: known.product, planPublisher: known.publisher } }),
    };
  },
};

function readPlatformImage(source: SourceText, findings: Findings): PlatformImageChoice | undefined {
  const parts = source.text.split(":").map((part) => part.trim());
  const [publisher = "", offer = "", sku = "", fourth] = parts;
  if (parts.length < 3 || parts.length > 4 || !parts.every((part) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(part))) {
    findings.problem(source.input, {
      code: problemCodes.badImage,
      given: source.text,
      why: `\`${source.text}\` is not the name of a marketplace image`,
      legal,
    });
    return undefined;
  }
  const word = readFourth(fourth);
  if (word === undefined) {
    findings.problem(source.input, {
      code: problemCodes.badImage,
      given: source.text,
      why: `the fourth part \`${fourth}\` is neither a version nor an operating system`,
      legal,
    });
    return undefined;
  }
  if (word.version !== undefined && source.version !== undefined && word.version !== source.version) {
    findings.problem("sourceVersion", {
      code: problemCodes.conflict,
      given: source.version,
      why: `${source.input} names version ${word.version} already`,
      legal: "one of the two",
    });
  }
  return {
    kind: "platformImage",
    input: source.input,
    publisher,
    offer,
    sku,
    version: source.version ?? word.version ?? "latest",
    ...(source.plan === undefined ? {} : { plan: source.plan }),
    ...(word.osType === undefined ? {} : { osType: word.osType }),
  };
}

/** Early versions of the first task listed names with the operating system as a fourth part. */
function readFourth(text: string | undefined): { version?: string; osType?: OsType } | undefined {
  const word = text?.toLowerCase();
  if (word === undefined || word === "latest") return {};
  if (word === "windows" || word === "linux") return { osType: word };
  return isVersionNumber(word) ? { version: word } : undefined;
}

async function gatherPlatformImage(choice: PlatformImageChoice, reads: KindReads): Promise<SourceFacts> {
  const version = choice.version === "latest" ? await resolveLatest(choice, reads) : choice.version;
  if (version === undefined) return {};
  const image = await attempt(reads.facts.platformImage(reads.subscriptionId, reads.location, choice, version));
  if (image.state === "found") return { ...image.value, version };
  if (image.state === "forbidden") {
    reads.findings.note(
      noteCodes.factUnknown,
      choice.input,
      "The connection may not read the image's details: operating system, purchase plan and generation are taken from the inputs.",
    );
    return { version };
  }
  reads.findings.problem(choice.version === "latest" ? choice.input : "sourceVersion", {
    code: problemCodes.notFound,
    given: version,
    why: `${urn(choice)} has no version ${version} in ${reads.location}`,
    legal: "latest, or a version the region has",
  });
  return {};
}

async function resolveLatest(choice: PlatformImageChoice, reads: KindReads): Promise<string | undefined> {
  const versions = await attempt(reads.facts.platformImageVersions(reads.subscriptionId, reads.location, choice));
  if (versions.state === "forbidden") {
    noteNotPinned(reads, choice.input);
    return undefined;
  }
  const newest = versions.state === "found" ? newestVersion(versions.value) : undefined;
  if (newest === undefined) {
    reads.findings.problem(choice.input, {
      code: problemCodes.notFound,
      given: urn(choice),
      why: `the Marketplace has no image ${urn(choice)} in ${reads.location}`,
      legal: `an image of that region: az vm image list --location ${reads.location} --publisher ${choice.publisher} --all`,
    });
  } else {
    reads.findings.note(noteCodes.pinnedVersion, "sourceVersion", `The newest version of ${urn(choice)} is ${newest}.`);
  }
  return newest;
}

function urn(choice: PlatformImageChoice): string {
  return `${choice.publisher}:${choice.offer}:${choice.sku}`;
}
