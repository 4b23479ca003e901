/** Steps as tests write them. */
import { InputError } from "../../../tasks/AzureImageBuilderV1/src/errors.ts";
import { parseInputs } from "../../../tasks/AzureImageBuilderV1/src/inputs/index.ts";

export type StepInputs = Readonly<Record<string, string>>;

export const subscription = "11111111-2222-4333-8444-555555555555";
export const group = `/subscriptions/${subscription}/resourceGroups/rg-images`;
export const definition = `${group}/providers/Microsoft.Compute/galleries/gallery/images/web`;
export const identity = `${group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/builder`;
export const subnet = `${group}/providers/Microsoft.Network/virtualNetworks/vnet/subnets/build`;

/** A good Linux step without artifact; `changes` replace or, with `""`, empty its inputs. */
export function step(changes: StepInputs = {}): StepInputs {
  return {
    azureSubscription: "connection",
    resourceGroup: "rg-images",
    location: "westeurope",
    managedIdentity: identity,
    sourceImage: "Canonical:ubuntu-24_04-lts:server",
    galleryImage: definition,
    ...changes,
  };
}

/** The agent's way of handing inputs over: names without case, `""` for what is absent. */
export function agentOf(inputs: StepInputs): { input(name: string): string } {
  const byName = new Map(Object.entries(inputs).map(([name, text]) => [name.toLowerCase(), text]));
  return { input: (name) => (byName.get(name.toLowerCase()) ?? "").trim() };
}

/** `input code` of each problem of a step, in order; empty for a good step. */
export function problemsOf(inputs: StepInputs): readonly string[] {
  try {
    parseInputs(agentOf(inputs));
    return [];
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.problems.map(({ input, code }) => `${input} ${code}`);
  }
}
