/** P5: is the VM's size offered, unrestricted, fit for the image, and is there quota for it? */
import type { TemplateDistributor } from "../../image-template.ts";
import { regionName } from "../../values/regions.ts";
import { suggest } from "../../values/nearest.ts";
import type { Json, Read } from "../reads.ts";
import { readDefinition, readSource, type SourceReads } from "../source-image.ts";
import type { Check, Problem, Subject } from "../types.ts";
import { type Advice, judgeQuota, noSizeNamed, proxySize, remedyOf } from "./p05-findings.ts";
import { machinesAtOnce, needsOf } from "./p05-needs.ts";
import { decodeQuotas, fitsQuota, type Machine } from "./p05-quota.ts";
import { decodeSizes, type ImageNeeds, misfits, proposeSizes, type VmSize, weaknesses } from "./p05-sizes.ts";

interface Found {
  readonly skus: Read<readonly Json[]>;
  readonly usages: Read<readonly Json[]>;
  readonly source: SourceReads;
  /** Of the galleries that the image goes to. */
  readonly definitions: readonly Read<Json>[];
}

/** VM sizes and quota (facts, section 5). */
export const vmSize: Check<Found> = {
  id: "P5",
  title: "VM size and quota",
  inFast: "whole",
  kinds: {
    AIB024: {
      severity: "error",
      basis: "documented",
      meaning: "The VM size is not offered to the subscription in the template's region.",
    },
    AIB025: {
      severity: "error",
      basis: "documented",
      meaning: "The VM size is offered in the template's region, and this subscription may not use it.",
    },
    AIB026: {
      severity: "error",
      basis: "documented",
      meaning: "A machine of the VM size cannot start the source image.",
    },
    AIB027: { severity: "error", basis: "documented", meaning: "The quota of vCPUs is too small for the build." },
    AIB028: {
      severity: "warning",
      basis: "documented",
      meaning: "The quota of vCPUs is just enough for one build; others that run beside it may take it.",
    },
    AIB029: {
      severity: "warning",
      basis: "inferred",
      meaning: "The VM size serves the image badly: small for Windows, or without Trusted Launch.",
    },
    AIB030: {
      severity: "warning",
      basis: "contradicted",
      meaning: "The template names no VM size, and the documents disagree on what the service then takes.",
    },
  },
  applies: () => true,
  gather: async (subject, reads) => {
    const { template, plan } = subject;
    const [location, compute] = [
      regionName(template.location),
      `/subscriptions/${plan.template.subscriptionId}/providers/Microsoft.Compute`,
    ];
    const [skus, usages, source, definitions] = await Promise.all([
      reads.list(`${compute}/skus`, {
        apiVersion: "2021-07-01",
        permission: "Microsoft.Compute/skus/read",
        query: { $filter: `location eq '${location}'` },
      }),
      reads.list(`${compute}/locations/${location}/usages`, {
        apiVersion: "2024-07-01",
        permission: "Microsoft.Compute/locations/usages/read",
      }),
      readSource(subject, reads),
      Promise.all(definitionsOf(template.properties.distribute).map((id) => readDefinition(id, reads))),
    ]);
    return { skus, usages, source, definitions };
  },
  judge: (found, subject) => {
    const wanted = subject.template.properties.vmProfile?.vmSize;
    if (found.skus.state !== "found") return wanted === undefined ? [noSizeNamed([], subject)] : [];
    const sizes = decodeSizes(found.skus.value, regionName(subject.template.location));
    // A region without a single size is an answer that proves nothing.
    return sizes.length === 0 ? [] : judgeSizes(wanted, sizes, { found, subject });
  },
};

function definitionsOf(distribute: readonly TemplateDistributor[]): readonly string[] {
  return distribute.flatMap((one) =>
    one.type === "SharedImage" ? [one.galleryImageId.split(/\/versions\//i)[0] ?? ""] : [],
  );
}

interface Case {
  readonly found: Found;
  readonly subject: Subject;
}

function judgeSizes(
  wanted: string | undefined,
  sizes: readonly VmSize[],
  { found, subject }: Case,
): readonly Problem[] {
  const needs = needsOf(found.source, found.definitions, subject);
  const quotas = decodeQuotas(found.usages.state === "found" ? found.usages.value : []);
  const proxyName = proxySize(subject);
  const proxy = findSize(sizes, proxyName);
  const machinesFor = (size: VmSize): readonly Machine[] => [
    { size, count: machinesAtOnce(subject) },
    ...(proxy === undefined ? [] : [{ size: proxy, count: 1 }]),
  ];
  const proposals = proposeSizes(sizes, needs, (size) => fitsQuota(machinesFor(size), quotas));
  const proxyProblems =
    proxyName === undefined ? [] : judgeOffer(proxyName, sizes, { subject, proposals: [], input: "proxyVmSize" });
  if (wanted === undefined) return [noSizeNamed(proposals, subject), ...proxyProblems];
  const size = findSize(sizes, wanted);
  const advice: Advice = { subject, proposals, input: "vmSize" };
  return [
    ...judgeOffer(wanted, sizes, advice),
    ...(size === undefined ? [] : [...judgeFit(size, needs, advice), ...judgeQuota(machinesFor(size), quotas, advice)]),
    ...proxyProblems,
  ];
}

function judgeOffer(wanted: string, sizes: readonly VmSize[], advice: Advice): readonly Problem[] {
  const location = regionName(advice.subject.template.location);
  const size = findSize(sizes, wanted);
  const remedy = remedyOf(wanted, advice);
  const names = sizes.map(({ name }) => name);
  if (size === undefined) {
    return [
      {
        code: "AIB024",
        message: `The VM size ${wanted} is not offered to this subscription in ${location}${suggest(wanted, names)}; the run would fail when it makes the VM.`,
        ...remedy,
      },
    ];
  }
  if (size.restriction === undefined) return [];
  return [
    {
      code: "AIB025",
      message: `The VM size ${size.name} is offered in ${location}, and this subscription may not use it there (${size.restriction}); the run would fail when it makes the VM.`,
      ...remedy,
    },
  ];
}

function judgeFit(size: VmSize, needs: ImageNeeds, advice: Advice): readonly Problem[] {
  const remedy = remedyOf(size.name, advice);
  return [
    ...misfits(size, needs).map((why) => ({
      code: "AIB026",
      message: `The VM size ${size.name} does not fit the source image: ${why}. The run would fail when it makes the build VM.`,
      ...remedy,
    })),
    ...weaknesses(size, needs).map((why) => ({
      code: "AIB029",
      message: `The VM size ${size.name} serves this image badly: ${why}.`,
      ...remedy,
    })),
  ];
}

function findSize(sizes: readonly VmSize[], name: string | undefined): VmSize | undefined {
  return sizes.find((size) => size.name.toLowerCase() === name?.toLowerCase());
}
