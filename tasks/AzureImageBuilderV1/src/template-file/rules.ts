/** Rules of an image template that its schema cannot say (facts, sections 1.3, 1.5 and 1.8). */
import type { FileReport } from "./faults.ts";
import { regionName } from "../values/regions.ts";
import { entryOf, type FileEntry, type FileNode, textOf } from "./nodes.ts";

interface Where {
  readonly node: FileNode;
  readonly path: string;
  readonly report: FileReport;
}

/** Checks the `properties` of a template whose shape is known. */
export function checkRules(properties: FileNode, report: FileReport): void {
  const part = (name: string): FileNode | undefined => entryOf(properties, name)?.value;
  for (const [index, node] of itemsOf(part("customize")).entries()) {
    checkStep({ node, path: `properties.customize[${index}]`, report });
  }
  for (const [index, node] of itemsOf(entryOf(part("validate"), "inVMValidations")?.value).entries()) {
    checkStep({ node, path: `properties.validate.inVMValidations[${index}]`, report });
  }
  checkDistributors(itemsOf(part("distribute")), report);
  const network = entryOf(part("vmProfile"), "vnetConfig")?.value;
  if (network !== undefined) checkNetwork({ node: network, path: "properties.vmProfile.vnetConfig", report });
  checkTimeout(part("buildTimeoutInMinutes"), report);
}

function itemsOf(node: FileNode | undefined): readonly FileNode[] {
  return node?.kind === "array" ? node.items : [];
}

function checkStep({ node, path, report }: Where): void {
  const type = textOf(entryOf(node, "type")?.value);
  if (type !== "Shell" && type !== "PowerShell") return;
  const [inline, uri] = [entryOf(node, "inline"), entryOf(node, "scriptUri")];
  const hasLines = itemsOf(inline?.value).length > 0;
  if (hasLines === (uri !== undefined)) {
    report.fault({
      place: node.place,
      path,
      why: hasLines ? "it has both `inline` and `scriptUri`" : "it has neither `inline` nor `scriptUri`",
      legal: "one of the two",
    });
  }
  const [system, elevated] = [entryOf(node, "runAsSystem"), entryOf(node, "runElevated")];
  if (isTrue(system?.value) && !isTrue(elevated?.value)) {
    report.fault({
      place: system?.place ?? node.place,
      path: `${path}.runAsSystem`,
      why: "it only goes with `runElevated`",
      legal: "`runElevated: true` beside it",
    });
  }
}

function isTrue(node: FileNode | undefined): boolean {
  return node?.kind === "scalar" && node.value === true;
}

function checkDistributors(distributors: readonly FileNode[], report: FileReport): void {
  const names = new Set<string>();
  for (const [index, node] of distributors.entries()) {
    const path = `properties.distribute[${index}]`;
    const entry = entryOf(node, "runOutputName");
    const name = textOf(entry?.value)?.toLowerCase();
    if (name !== undefined && names.has(name)) {
      const place = entry?.value.place ?? node.place;
      report.fault({
        place,
        path: `${path}.runOutputName`,
        why: "another entry has this name",
        legal: "a name of its own",
      });
    }
    if (name !== undefined) names.add(name);
    checkGallery({ node, path, report });
  }
}

function checkGallery({ node, path, report }: Where): void {
  const targets = entryOf(node, "targetRegions");
  const older = entryOf(node, "replicationRegions") ?? entryOf(node, "storageAccountType");
  const conflict = (entry: FileEntry, why: string, legal: string): void =>
    report.fault({ place: entry.place, path: `${path}.${entry.name}`, why, legal });
  if (targets !== undefined && older !== undefined) {
    const legal = "`targetRegions` alone, with `storageAccountType` in each region";
    conflict(older, "it does not go with `targetRegions`", legal);
  }
  const regions = itemsOf(targets?.value).map((region) => regionName(textOf(entryOf(region, "name")?.value) ?? ""));
  const twice = regions.find((name, index) => regions.indexOf(name) !== index);
  if (targets !== undefined && twice !== undefined) conflict(targets, `${twice} is there twice`, "each region once");
  const versioning = entryOf(node, "versioning");
  const names = textOf(entryOf(node, "galleryImageId")?.value);
  if (versioning !== undefined && /\/versions\/[^/]+\/?$/i.test(names ?? "")) {
    conflict(versioning, "`galleryImageId` names a version already", "nothing, or the ID of the image definition");
  }
}

function checkNetwork({ node, path, report }: Where): void {
  const [subnet, container, proxy] = ["subnetId", "containerInstanceSubnetId", "proxyVmSize"].map((name) =>
    entryOf(node, name),
  );
  const conflict = (entry: FileEntry, why: string, legal: string): void =>
    report.fault({ place: entry.place, path: `${path}.${entry.name}`, why, legal });
  if (container !== undefined && subnet === undefined)
    conflict(container, "it only goes with `subnetId`", "both subnets");
  if (proxy !== undefined && container === undefined && subnet === undefined) {
    conflict(proxy, "it only goes with `subnetId`", "nothing, or the subnet as well");
  }
  if (container !== undefined && proxy !== undefined) {
    conflict(proxy, "it does not go with `containerInstanceSubnetId`", "nothing: there is no proxy VM then");
  }
}

/** The service takes 1 to 5 and then fails the run (facts, section 1.7). */
function checkTimeout(node: FileNode | undefined, report: FileReport): void {
  if (node?.kind !== "scalar" || typeof node.value !== "number" || node.value < 1 || node.value > 5) return;
  report.fault({
    place: node.place,
    path: "properties.buildTimeoutInMinutes",
    why: "the service fails runs with so little time",
    legal: "0 (the service's 240), or 6 to 960",
  });
}
