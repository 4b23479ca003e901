/** Finds the image template in a file: the file itself, or the one resource of its type in a deployment template. */
import type { FileReport } from "./faults.ts";
import { childOf, type FileNode, type ObjectNode, type Place, textOf } from "./nodes.ts";

/** What a file is. */
export type FoundResource =
  | { readonly kind: "bare"; readonly resource: ObjectNode; readonly path: string }
  | { readonly kind: "deployment"; readonly resource: ObjectNode; readonly path: string };

interface Candidate {
  readonly resource: ObjectNode;
  readonly path: string;
}

const legal = "an image template resource, the body of its request, or a deployment template with one image template";

/** Both spellings that published templates have. */
function isImageTemplate(type: string | undefined): boolean {
  return /^microsoft\.virtualmachineimages(?:\/imagetemplates)?$/i.test(type ?? "");
}

/** The image template of a file; undefined with a fault. Other resources of a deployment are noted. */
export function findResource(root: FileNode, report: FileReport): FoundResource | undefined {
  const refuse = (why: string, place: Place = root.place): undefined => {
    report.fault({ place, why, legal });
  };
  if (root.kind !== "object") return refuse("the file does not hold an object");
  const schema = textOf(childOf(root, "$schema")) ?? "";
  if (/deploymentParameters\.json/i.test(schema)) {
    return refuse("this is a parameters file: it belongs to templateParameters");
  }
  if (childOf(root, "resources") !== undefined && childOf(root, "properties") === undefined) {
    return findInDeployment(root, report);
  }
  const type = textOf(childOf(root, "type"));
  if (type !== undefined && !isImageTemplate(type)) return refuse(`the file holds a resource of type \`${type}\``);
  if (childOf(root, "properties") === undefined) return refuse("the file has neither `properties` nor `resources`");
  return { kind: "bare", resource: root, path: "" };
}

function findInDeployment(root: ObjectNode, report: FileReport): FoundResource | undefined {
  const resources = resourcesOf(root, "resources");
  const found = resources.filter(({ resource }) => isImageTemplate(textOf(childOf(resource, "type"))));
  const others = resources.filter((one) => !found.includes(one));
  const nested = others.flatMap(({ resource, path }) => nestedIn(resource, path));
  const [first, second] = found;
  if (first === undefined || second !== undefined || nested.length > 0) {
    const places = [...found, ...nested].map(
      ({ resource, path }) =>
        `${path} (${textOf(childOf(resource, "name")) ?? "no name"}, line ${resource.place.line})`,
    );
    const where = places.length === 0 ? "" : `: ${places.join(", ")}`;
    const why =
      first === undefined && nested.length === 0
        ? "the deployment template has no image template"
        : nested.length > 0
          ? `image templates in nested deployments are not supported${where}`
          : `the deployment template has ${found.length} image templates${where}`;
    report.fault({ place: (second ?? nested[0])?.resource.place ?? root.place, why, legal });
    return undefined;
  }
  const types = [...new Set(others.map(({ resource }) => textOf(childOf(resource, "type")) ?? "unknown type"))];
  if (types.length > 0) {
    report.note(`Only the image template is sent; other resources of the file are not made: ${types.join(", ")}.`);
  }
  return { kind: "deployment", ...first };
}

/** A list of resources, or a map by symbolic name. */
function resourcesOf(parent: FileNode, path: string): readonly Candidate[] {
  const node = childOf(parent, "resources");
  if (node?.kind === "array") {
    return node.items.flatMap((item, index) =>
      item.kind === "object" ? [{ resource: item, path: `${path}[${index}]` }] : [],
    );
  }
  if (node?.kind !== "object") return [];
  return node.entries.flatMap(({ name, value }) =>
    value.kind === "object" ? [{ resource: value, path: `${path}.${name}` }] : [],
  );
}

/** Image templates inside a nested deployment, however deep. */
function nestedIn(resource: ObjectNode, path: string): readonly Candidate[] {
  if (textOf(childOf(resource, "type"))?.toLowerCase() !== "microsoft.resources/deployments") return [];
  const inner = childOf(childOf(resource, "properties"), "template");
  if (inner === undefined) return [];
  return resourcesOf(inner, `${path}.properties.template.resources`).flatMap((one) =>
    isImageTemplate(textOf(childOf(one.resource, "type"))) ? [one] : nestedIn(one.resource, one.path),
  );
}
