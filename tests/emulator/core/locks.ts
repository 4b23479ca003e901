/** Management locks: what may not be changed or deleted, whoever asks (documentation of locking resources). */
import { isWithin } from "./resources.ts";
import { ArmFault, type Resource, type ResourceStore, type World } from "./types.ts";

export const lockType = "Microsoft.Authorization/locks";

type Level = "ReadOnly" | "CanNotDelete";

/** The scope an extension resource hangs on: a lock, a policy assignment. */
export function scopeOfExtension(id: string): string {
  return id.slice(0, id.toLowerCase().lastIndexOf("/providers/"));
}

/** Ids of the locked scopes at or above `scope` whose lock stands against the operation. */
export function lockedScopes(
  resources: Pick<ResourceStore, "list">,
  scope: string,
  operation: "write" | "delete",
): readonly string[] {
  return resources
    .list("", lockType)
    .filter((lock) => isWithin(scope, scopeOfExtension(lock.id)))
    .filter((lock) => operation === "delete" || levelOf(lock) === "ReadOnly")
    .map((lock) => scopeOfExtension(lock.id));
}

function levelOf({ body }: Resource): Level {
  const { level } = (body["properties"] ?? {}) as { readonly level?: string };
  return level === "ReadOnly" ? "ReadOnly" : "CanNotDelete";
}

/** Throws 409 ScopeLocked where a lock stands against an action at the scope. An action of its own counts as a write. */
export function checkLocks(world: World, action: string, scope: string): void {
  const verb = /\/(read|write|delete|action)$/i.exec(action)?.[1]?.toLowerCase();
  if (verb === undefined || verb === "read" || action.toLowerCase().startsWith("microsoft.authorization/locks/"))
    return;
  const operation = verb === "delete" ? "delete" : "write";
  const locked = lockedScopes(world.resources, scope, operation);
  if (locked.length === 0) return;
  throw new ArmFault(409, "ScopeLocked", lockedMessage(scope, operation, locked), {
    mark: "documented",
    fact: "Resource Manager, locked scope",
  });
}

/** What Resource Manager says of a locked scope. */
export function lockedMessage(scope: string, operation: "write" | "delete", locked: readonly string[]): string {
  return `The scope '${scope}' cannot perform ${operation} operation because following scope(s) are locked: '${locked.join(",")}'. Please remove the lock and try again.`;
}
