/** The machine a build agent runs on, where the world makes it an Azure VM: its instance metadata service. */
import type { DoorHandler } from "../core/exchange.ts";
import type { IdentityFacts } from "../core/types.ts";
import type { Cloud } from "../core/world.ts";
import { createMetadataService } from "./instance-metadata.ts";

/** The service of that machine; undefined where the agent runs elsewhere. Throws an Error for identities the world lacks. */
export function createAgentMachine(cloud: Cloud): DoorHandler | undefined {
  const machine = cloud.file.agentMachine;
  if (machine === undefined) return undefined;
  const answer = createMetadataService(
    cloud.world,
    (machine.identities ?? []).map((name) => identityId(cloud, name)),
    machine.ownIdentity === undefined ? undefined : ownIdentity(cloud, machine.ownIdentity),
  );
  return ({ request }) => answer(request);
}

function identityId({ world }: Cloud, name: string): string {
  const all = world.resources.list("", "Microsoft.ManagedIdentity/userAssignedIdentities");
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return found.id;
  throw new Error(`The agent's machine has the identity '${name}', which the world lacks.`);
}

/** Entra ID keeps a system-assigned identity as an application without credentials. */
function ownIdentity({ directory }: Cloud, name: string): IdentityFacts {
  const found = directory.applications.find((one) => one.name === name);
  if (found !== undefined) return { id: "", principalId: found.objectId, clientId: found.clientId };
  throw new Error(`The agent's machine is the application '${name}', which the world lacks.`);
}
