/** Resource Manager's own check of resources a template refers to: may the caller hand out the identity? (wire notes, section 6) */
import { ArmFault, type RouteContext } from "../../core/types.ts";
import { parseResourceId } from "./ids.ts";

const ASSIGN = "Microsoft.ManagedIdentity/userAssignedIdentities/assign/action";

/**
 * @param ids identities of the request's body
 * @param templateScope id of the template as the request's path has it
 * @throws ArmFault 403 LinkedAuthorizationFailed
 */
export function checkLinkedAccess(context: RouteContext, ids: readonly string[], templateScope: string): void {
  const { world, caller } = context;
  for (const id of ids) {
    const subscription = parseResourceId(id)?.subscription ?? "";
    if (!world.subscriptionIds.some((known) => known.toLowerCase() === subscription.toLowerCase())) {
      throw refusal(
        `The client has permission to perform action '${ASSIGN}' on scope '${templateScope}', however the current tenant '${world.tenantId}' is not authorized to access linked subscription '${subscription}'.`,
        "recorded",
      );
    }
    if (!world.permissions.allows(caller.objectId, ASSIGN, id)) {
      throw refusal(
        `The client '${caller.clientId}' with object id '${caller.objectId}' has permission to perform action 'Microsoft.VirtualMachineImages/imageTemplates/write' on scope '${templateScope}'; however, it does not have permission to perform action(s) '${ASSIGN}' on the linked scope(s) '${id}' (respectively) or the linked scope(s) are invalid.`,
        "issue",
      );
    }
  }
}

function refusal(message: string, mark: "recorded" | "issue"): ArmFault {
  return new ArmFault(403, "LinkedAuthorizationFailed", message, {
    mark,
    fact: "wire 6 caller may not use the identity",
    headers: { connection: "close", "x-ms-failure-cause": "gateway" },
  });
}
