/** Which subscription the step works in. */
import { problemCodes } from "../codes.ts";
import { collectFindings, type Findings } from "../findings.ts";
import type { Inputs } from "../inputs/types.ts";
import type { Agent, ServiceConnection } from "../ports.ts";
import { endOf } from "./end-of.ts";
import { isGuid, parseSubscriptionId } from "../values/resource-id.ts";

/** The subscription, `subscriptionId` over the connection's own; undefined where that is a problem, which `findings` has. */
export function findSubscription(
  inputs: Pick<Inputs, "azureSubscription" | "subscriptionId">,
  ports: { readonly agent: Pick<Agent, "endpoint"> },
  findings: Findings,
): string | undefined {
  const connection = ports.agent.endpoint(inputs.azureSubscription);
  if (connection === undefined) {
    findings.problem("azureSubscription", {
      code: problemCodes.noConnection,
      given: inputs.azureSubscription,
      why: isGuid(inputs.azureSubscription)
        ? "there is no such service connection; the value looks like a subscription ID, and a connection's name is expected"
        : "there is no such service connection, or this pipeline may not use it",
      legal: "the name of an Azure Resource Manager service connection of this project",
    });
    return undefined;
  }
  const scope = connection.data("ScopeLevel") ?? "";
  if (/^azuremlworkspace$/i.test(scope)) {
    findings.problem("azureSubscription", {
      code: problemCodes.wrongConnection,
      why: "the service connection is for a machine learning workspace alone (scope AzureMLWorkspace)",
      legal: "a service connection whose scope is a subscription or a management group",
    });
    return undefined;
  }
  const parsed = parseSubscriptionId(inputs.subscriptionId ?? connection.data("subscriptionid") ?? "");
  if (parsed.ok) return parsed.value;
  findings.problem("subscriptionId", {
    code: problemCodes.missing,
    why: `the service connection names no subscription (${describeScope(connection)})`,
    legal: "the ID of the subscription to build in",
  });
  return undefined;
}

function describeScope(connection: ServiceConnection): string {
  const group = connection.data("managementGroupName") ?? connection.data("ManagementGroupId");
  return group === undefined ? "it covers a management group" : `it covers the management group ${group}`;
}

/** The subscription. Throws InputError where the connection is not there, or names none and the step neither. */
export function requireSubscription(
  inputs: Pick<Inputs, "azureSubscription" | "subscriptionId">,
  ports: { readonly agent: Pick<Agent, "endpoint"> },
): string {
  const findings = collectFindings();
  const subscriptionId = findSubscription(inputs, ports, findings);
  if (subscriptionId === undefined) throw endOf(findings);
  return subscriptionId;
}
