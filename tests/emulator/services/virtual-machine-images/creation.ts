/** The work of PUT after its 201: staging, checks, scripts (wire notes, section 3). */
import type { RouteContext, World } from "../../core/types.ts";
import { checkReach, readIdentities, rightsOf } from "./creation-checks.ts";
import { policyRefusal } from "./deployment.ts";
import { GENERIC_ERROR, ProvisioningFailure } from "./errors.ts";
import { fetchFile, filesToFetch } from "./files.ts";
import { objectOf, textOf } from "./json.ts";
import { endOperation } from "./operations.ts";
import { startRun } from "./runs.ts";
import { readSource } from "./source.ts";
import { createStagingAccount, prepareStagingGroup } from "./staging.ts";
import { stateOf, type Operation, type Template } from "./state.ts";
import { saveTemplate } from "./store.ts";
import { patientClock } from "./times.ts";

/** Creates the template behind an operation; ends the operation. */
export async function createTemplate(context: RouteContext, template: Template, operation: Operation): Promise<void> {
  const { world } = context;
  const { durations } = stateOf(world).settings;
  const began = world.clock.now().getTime();
  const { closing } = world;
  const sleep = patientClock(world);
  const until = (ms: number): Promise<void> => sleep(Math.max(0, began + ms - world.clock.now().getTime()));
  try {
    await prepare(world, template);
    await until(expectedMs(template, durations));
    template.provisioningState = "Succeeded";
  } catch (error) {
    if (closing.aborted) throw error;
    const { code, message, provisioningErrorCode } = failureOf(world, error);
    await until(durations.createFailed);
    template.provisioningState = "Failed";
    template.provisioningError = { provisioningErrorCode, message };
    saveTemplate(world, template);
    endOperation(world, operation, { error: { code, message } });
    return;
  }
  saveTemplate(world, template);
  endOperation(world, operation);
  if (objectOf(template.properties["autoRun"])["state"] === "Enabled") startRun(context, template);
}

/** A check that failed, or the emulator itself: that is told in its log, and creating fails as Azure's does. */
function failureOf(world: World, error: unknown): ProvisioningFailure {
  if (error instanceof ProvisioningFailure) return error;
  world.log(
    `Creating a template failed in the emulator: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  return new ProvisioningFailure("InternalOperationError", "ServerError", GENERIC_ERROR);
}

async function prepare(world: World, template: Template): Promise<void> {
  // Set only when all is well: an identity that is gone leaves the ids out of the template, too.
  const identityIds = readIdentities(world, template);
  template.identityIds = identityIds;
  const rights = rightsOf(world, template);
  prepareStagingGroup(world, template, rights);
  checkStagingAccount(world, template);
  await createStagingAccount(world, template);
  template.exactVersion = readSource(world, template, rights).exactVersion;
  checkReach(world, template, rights);
  for (const file of filesToFetch(template.properties)) await fetchFile(world, template, file);
}

/** The staging account by the subscription's providers and policies. @throws ProvisioningFailure */
function checkStagingAccount(world: World, template: Template): void {
  const bad = (reason: string): ProvisioningFailure =>
    new ProvisioningFailure("InternalOperationError", "Other", `Error creating the staging storage account: ${reason}`);
  if (!world.isRegistered("Microsoft.Storage", template.subscription)) {
    throw bad(
      `Code="MissingSubscriptionRegistration" Message="The subscription is not registered to use namespace 'Microsoft.Storage'. See https://aka.ms/rps-not-found for how to register subscriptions."`,
    );
  }
  const account = { allowBlobPublicAccess: false, allowSharedKeyAccess: true, networkAcls: { defaultAction: "Allow" } };
  const refusal = policyRefusal({ world, template }, ["Microsoft.Storage/storageAccounts"], account);
  if (refusal !== undefined) throw bad(refusal);
}

function expectedMs(
  template: Template,
  durations: { readonly create: number; readonly createScripts: number; readonly createSubnet: number },
): number {
  const hasScripts = filesToFetch(template.properties).length > 0;
  const network = objectOf(objectOf(template.properties["vmProfile"])["vnetConfig"]);
  const hasSubnet = textOf(network["subnetId"]) !== "";
  return durations.create + (hasScripts ? durations.createScripts : 0) + (hasSubnet ? durations.createSubnet : 0);
}
