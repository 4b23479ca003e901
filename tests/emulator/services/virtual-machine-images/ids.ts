/** Resource ids as Image Builder writes and reads them (wire notes, section 1). */

export const TEMPLATE_TYPE = "Microsoft.VirtualMachineImages/imageTemplates";

/** A template's name, and that of run outputs and triggers (wire notes, section 1). */
export const NAME_PATTERN = /^[A-Za-z0-9-_.]{1,64}$/;

export interface IdParts {
  readonly subscription: string;
  readonly group: string;
  /** `Microsoft.Compute/galleries/images` for `…/galleries/g/images/d`. */
  readonly type: string;
  readonly names: readonly string[];
}

/** Takes a resource id in a group apart; undefined for anything else. A missing leading slash is allowed. */
export function parseResourceId(id: string): IdParts | undefined {
  const match = /^\/?subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/([^/]+)\/(.+)$/i.exec(id);
  if (match === null) return undefined;
  const [, subscription = "", group = "", namespace = "", rest = ""] = match;
  const pieces = rest.split("/");
  if (pieces.length % 2 !== 0 || pieces.some((piece) => piece === "")) return undefined;
  const types = pieces.filter((_, index) => index % 2 === 0);
  return {
    subscription,
    group,
    type: `${namespace}/${types.join("/")}`,
    names: pieces.filter((_, index) => index % 2 === 1),
  };
}

/** Is this the id of a resource of the type (case ignored)? */
export function isIdOf(id: string, type: string): boolean {
  return parseResourceId(id)?.type.toLowerCase() === type.toLowerCase();
}

/** The service's own id of a template: \`resourcegroups\` in lower case, names as sent. */
export function templateId(subscription: string, group: string, name: string): string {
  return `/subscriptions/${subscription}/resourcegroups/${group}/providers/${TEMPLATE_TYPE}/${name}`;
}

/** Name of the staging group: \`IT_\`, group and template cut to 40 characters, a new GUID (wire notes, section 7). */
export function stagingGroupName(group: string, template: string, guid: string): string {
  return `IT_${`${group}_${template}`.slice(0, 40)}_${guid}`;
}

/** The id without what stands after the first \`n\` names of its type: of a subnet, with 1, its network. */
export function parentId(id: string, names: number): string {
  return id
    .split("/")
    .slice(0, 7 + names * 2)
    .join("/");
}

/** The last name of an id. */
export function lastName(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1);
}

/** Do the ids name the same resource? */
export function sameId(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
