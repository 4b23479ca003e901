/** What roles allow: action patterns, and the answer that follows from a principal's roles. */

/** One entry of a role's permissions: what it gives, and what it leaves out of that. */
export interface Grant {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
  readonly dataActions: readonly string[];
  readonly notDataActions: readonly string[];
  /** Assigned under a condition, which is not evaluated here. */
  readonly conditional: boolean;
}

/** What a principal's roles give at a scope, those assigned above it included. Deny assignments are not among them. */
export interface Permissions {
  readonly grants: readonly Grant[];
  /** False where roles may be missing here (of groups, or unreadable): what is not granted may be granted all the same. */
  readonly complete: boolean;
}

/** `unknown`: it could not be read, or depends on a condition. */
export type Known = "yes" | "no" | "unknown";

/**
 * Whether `permissions` allow an action, of the control plane (`actions`) or on data (`dataActions`). What one role leaves
 * out another may give: exclusions count within their own entry only.
 */
export function allows(permissions: Permissions, kind: "actions" | "dataActions", action: string): Known {
  const except = kind === "actions" ? "notActions" : "notDataActions";
  const giving = permissions.grants.filter(
    (grant) =>
      grant[kind].some((pattern) => covers(pattern, action)) &&
      !grant[except].some((pattern) => covers(pattern, action)),
  );
  if (giving.some(({ conditional }) => !conditional)) return "yes";
  return giving.length === 0 && permissions.complete ? "no" : "unknown";
}

/**
 * Whether a role's pattern covers an action. `*` stands for any text, case is ignored; a whole segment `*` in the middle
 * may be absent, as built-in roles write `userAssignedIdentities/<star>/assign/action`.
 */
export function covers(pattern: string, action: string): boolean {
  const source = pattern
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .split("/*/")
    .map((part) => part.replaceAll("*", ".*"))
    .join("/(?:.*/)?");
  return new RegExp(`^${source}$`, "is").test(action);
}

/** Whether an assignment at `scope` counts at `place`: there, or above. */
export function isAtOrAbove(scope: string, place: string): boolean {
  const above = scope.toLowerCase().replace(/\/+$/, "");
  const below = place.toLowerCase().replace(/\/+$/, "");
  return below === above || below.startsWith(`${above}/`);
}
