/** P5, what is said about quota and about a template without a size, and what to do. */
import { regionName } from "../../values/regions.ts";
import type { Problem, Subject } from "../types.ts";
import { type Demand, demandsOf, freeOf, type Machine, type Quotas } from "./p05-quota.ts";

/** Size of the machine that the service puts in front of a build VM in a subnet of its own (facts, section 6). */
const usualProxy = "Standard_A1_v2";

/** Size of the proxy VM; undefined where the build has none. */
export function proxySize({ template }: Subject): string | undefined {
  const network = template.properties.vmProfile?.vnetConfig;
  if (network?.subnetId === undefined || network.containerInstanceSubnetId !== undefined) return undefined;
  return network.proxyVmSize ?? usualProxy;
}

/** What goes into an advice. */
export interface Advice {
  readonly subject: Subject;
  /** Sizes that pass, smallest first. */
  readonly proposals: readonly string[];
  /** Which input names the size. */
  readonly input: "vmSize" | "proxyVmSize";
}

/** What to do about a size that does not pass; without proposals, how to look for one. */
export function remedyOf(
  wanted: string,
  { subject, proposals, input }: Advice,
): Pick<Problem, "remedy" | "commands" | "input"> {
  const location = regionName(subject.template.location);
  const series = /^[a-z]+_[a-z]/i.exec(wanted)?.[0] ?? "Standard_D";
  return {
    remedy:
      proposals.length === 0
        ? `Use another ${input === "vmSize" ? "size" : "size for the proxy VM"} that ${location} offers to this subscription.`
        : `Use ${listOr(proposals)}: offered in ${location}, fit for the image, and inside the quota.`,
    commands: [`az vm list-skus --location ${location} --size ${series} --all --output table`],
    input,
  };
}

/** What quota says of the machines, the build VM first; undefined quotas say nothing. */
export function judgeQuota(machines: readonly Machine[], quotas: Quotas, advice: Advice): readonly Problem[] {
  return demandsOf(machines, quotas).flatMap((demand) =>
    freeOf(demand) >= 2 * demand.need ? [] : [describeDemand(demand, machines, advice)],
  );
}

function describeDemand(demand: Demand, machines: readonly Machine[], { subject, proposals }: Advice): Problem {
  const location = regionName(subject.template.location);
  const free = freeOf(demand);
  const what = demand.machines.map(({ size, count }) => `${count} × ${size.name}`).join(" and ");
  const numbers = `${demand.label} in ${location}: ${free} of ${demand.limit} free, and the build takes ${demand.need} (${what})`;
  const others = proposals.filter((name) => !machines.some(({ size }) => size.name === name));
  const isOfProxy = !demand.machines.some(({ size }) => size === machines[0]?.size);
  return {
    ...(free < demand.need
      ? {
          code: "AIB027",
          message: `The quota is too small. ${numbers}. The run would fail when it makes the VM.`,
        }
      : { code: "AIB028", message: `The quota is just enough. ${numbers}. What runs beside the build may take it.` }),
    remedy: isOfProxy
      ? "Ask for more quota, or name a subnet for the container too: the build then has no proxy VM."
      : others.length === 0
        ? "Ask for more quota, or delete machines that are not used."
        : `Ask for more quota, delete machines that are not used, or use ${listOr(others)}, which pass.`,
    commands: [`az vm list-usage --location ${location} --output table`],
    input: isOfProxy ? "containerInstanceSubnet" : "vmSize",
  };
}

/** A template whose overrides took the size out (facts, section 13, row 2; the size for Arm64 is not documented). */
export function noSizeNamed(proposals: readonly string[], { template, facts }: Subject): Problem {
  const location = regionName(template.location);
  const isArm = facts.source.architecture?.toLowerCase() === "arm64";
  return {
    code: "AIB030",
    message: `The template names no VM size, and the documents disagree on what the service then takes${
      isArm
        ? "; the source image is Arm64, and every size they name is x64"
        : ": some sizes they name cannot start generation 2, or are small for Windows"
    }.`,
    remedy: proposals.length === 0 ? "Name a size." : `Name a size, e.g. ${listOr(proposals)}, which pass.`,
    commands: [`az vm list-skus --location ${location} --size Standard_D --all --output table`],
    input: "vmSize",
  };
}

function listOr(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1) ?? ""}`;
}
