/** One run of a template, from Queued to its end (wire notes, section 4). */
import type { World } from "../../core/types.ts";
import type { ImageLayer } from "../../build-vm/index.ts";
import { createContainerGroup, type RunningContainer } from "../container-instance.ts";
import { openBuildLog, type BuildLog } from "./build-log.ts";
import { rightsOf } from "./creation-checks.ts";
import { runSteps } from "./customize.ts";
import { checkMachine, checkMarketplace, checkServiceParts } from "./deployment.ts";
import { distribute } from "./distribution.ts";
import { DistributionTimeout, packerFailure, RunFailure, timeoutFailure, type FailedBuild } from "./failures.ts";
import { startGuest, type Guest } from "./guest.ts";
import { layersOf } from "./images.ts";
import { lastName } from "./ids.ts";
import * as packer from "./packer-words.ts";
import { objectOf, objectsOf, stringsOf, textOf } from "./json.ts";
import type { RunControl } from "./run-control.ts";
import { deprovision, StepFailure } from "./shell-step.ts";
import { GENERIC_ERROR, ProvisioningFailure } from "./errors.ts";
import { readSource, type SourceFacts } from "./source.ts";
import { managedTags, stagingAccountId } from "./staging.ts";
import { stateOf, type RunSubState, type Template } from "./state.ts";

export interface Run {
  readonly world: World;
  readonly template: Template;
  readonly control: RunControl;
  readonly apiVersion: string;
  readonly source: SourceFacts;
  /** Folder of the run's logs. */
  readonly folder: string;
  /** What each line of its logs begins with. */
  readonly operationId: string;
  readonly enter: (state: RunSubState) => void;
}

/** How a run ended. */
export type RunOutcome =
  | { readonly kind: "succeeded" }
  | { readonly kind: "partial"; readonly message: string }
  | { readonly kind: "failed"; readonly code: string; readonly message: string }
  | { readonly kind: "canceled" }
  | { readonly kind: "closed" };

export type RunRequest = Omit<Run, "source" | "folder" | "operationId">;

/** Carries the run out. Never throws for what a build can do; its outputs are with the template. */
export async function conductRun(request: RunRequest): Promise<RunOutcome> {
  const { world, template, control } = request;
  try {
    await control.wait(stateOf(world).settings.durations.queued);
    const source = readSource(world, template, rightsOf(world, template));
    return await buildAndDistribute({ ...request, source, folder: world.newGuid(), operationId: world.newGuid() });
  } catch (error) {
    const reason = control.reason();
    if (reason === "canceled" || reason === "closed") return { kind: reason };
    const isLate = reason === "timeout" && !(error instanceof DistributionTimeout);
    const failure = isLate ? timeoutFailure() : failureOf(world, error);
    return { kind: "failed", code: failure.code, message: failure.message };
  }
}

/** A failure of the build, or one of the emulator itself: that is told in its log, and the run fails as Azure's do. */
function failureOf(world: World, error: unknown): { readonly code: string; readonly message: string } {
  if (error instanceof RunFailure || error instanceof ProvisioningFailure) return error;
  world.log(`A run failed in the emulator: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return new RunFailure("InternalOperationError", GENERIC_ERROR);
}

async function buildAndDistribute(run: Run): Promise<RunOutcome> {
  const { template, world } = run;
  const validate = objectOf(template.properties["validate"]);
  const onlySource = validate["sourceValidationOnly"] === true;
  const base = layersOf(world, run.source.imageId);
  const layers = onlySource ? base : await build(run, base);
  await optimize(run);
  const invalid = await validateImage(run, layers);
  if (invalid !== undefined && validate["continueDistributeOnFailure"] !== true) throw invalid;
  const outcome = onlySource ? ({ kind: "succeeded" } as const) : await distribute(run, layers);
  // A failed validation makes the run fail also where the image was handed out (facts, section 1.6).
  if (invalid !== undefined) throw invalid;
  return outcome;
}

function failedBuild(run: Run, log: FailedBuild["log"]): FailedBuild {
  const { template, folder, operationId, world } = run;
  return {
    wording: stateOf(world).settings.failureWording,
    accountId: stagingAccountId(template),
    account: template.stagingAccount ?? "",
    folder,
    log,
    operationId,
  };
}

const CONTAINER_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789";

/**
 * The container Packer runs in, found in the staging group while it works (TS, live logs). Its group's name is documented;
 * the container's own name and image, and that a validation has one of its own, are inferred.
 */
function openContainer({ world, template }: Run): RunningContainer {
  const { chance, settings } = stateOf(world);
  const name = `vmimagebuilder-build-container-${chance.word(10, CONTAINER_LETTERS)}`;
  return createContainerGroup(world, {
    id: `${template.exactStagingResourceGroup}/providers/Microsoft.ContainerInstance/containerGroups/${name}`,
    location: template.location,
    tags: { ...managedTags(template), createdby: "azureimagebuilder" },
    container: "vmimagebuilder-build-container",
    image: "mcr.microsoft.com/azure-image-builder/packer:latest",
    startsAfter: settings.durations.containerStart,
  });
}

/** The log and the container that prints it; the container is gone when the log is closed (inferred). */
function openLog(run: Run, name: FailedBuild["log"]): BuildLog {
  const { world, template, folder, operationId } = run;
  const { print, remove } = openContainer(run);
  const log = openBuildLog(world, { account: template.stagingAccount ?? "", folder, name, operationId, print });
  return {
    write: (...lines) => log.write(...lines),
    close: async () => {
      await log.close();
      remove();
    },
  };
}

/** Makes the machine and runs the customizers. @throws RunFailure, RunEnded, MachineGone */
async function build(run: Run, base: readonly ImageLayer[]): Promise<readonly ImageLayer[]> {
  const { world } = run;
  const began = world.clock.now().getTime();
  checkServiceParts(run);
  const log = openLog(run, "customization.log");
  const took = (): number => world.clock.now().getTime() - began;
  try {
    const layers = await customize(run, log, base);
    packer.writeEnd(log, took(), undefined);
    return layers;
  } catch (error) {
    if (!(error instanceof StepFailure)) {
      packer.writeInterrupted(log);
      throw error;
    }
    packer.writeEnd(log, took(), error.message);
    throw packerFailure(failedBuild(run, "customization.log"));
  } finally {
    await log.close();
  }
}

async function customize(run: Run, log: BuildLog, base: readonly ImageLayer[]): Promise<readonly ImageLayer[]> {
  const { world, template, control, source } = run;
  const { durations } = stateOf(world).settings;
  run.enter("Building");
  packer.writeBeginning(log, template.subscription, lastName(template.exactStagingResourceGroup));
  checkDeployment(run);
  const machine = world.newGuid();
  await control.wait(durations.building / 2);
  packer.writeConnecting(log, source.os);
  const guest = await openGuest(run, base);
  try {
    await control.wait(durations.building / 2);
    packer.writeConnected(log, source.os);
    run.enter("Customizing");
    await runCustomizers(run, { guest, log });
    await control.wait(durations.customizing);
    packer.writeCapture(
      log,
      `${template.exactStagingResourceGroup}/providers/Microsoft.Compute/snapshots/pkrsn${machine.slice(0, 8)}`,
    );
  } finally {
    await guest.stop();
  }
  return guest.capture();
}

async function runCustomizers(run: Run, place: { readonly guest: Guest; readonly log: BuildLog }): Promise<void> {
  const { template, world } = run;
  try {
    await runSteps(run, place, { list: template.properties["customize"], place: "customize" });
    const { chance, settings } = stateOf(world);
    const pass = (): Promise<void> => Promise.resolve();
    await deprovision({ ...place, chance, carriageReturns: settings.carriageReturns, pass });
  } catch (error) {
    const handling = objectOf(template.properties["errorHandling"]);
    const keeps = handling["onCustomizerError"] === "abort";
    if (error instanceof StepFailure) packer.writeStepError(place.log, keeps);
    if (error instanceof StepFailure && keeps) keepMachine(run);
    throw error;
  }
}

/** What Azure refuses when the build machine is deployed. @throws StepFailure, RunFailure */
function checkDeployment(run: Run): void {
  const { template, source } = run;
  const minutes = Number(template.properties["buildTimeoutInMinutes"] ?? 0);
  if (minutes >= 1 && minutes <= 5) {
    throw new StepFailure(
      "client_jwt will expire within 5 minutes, please use a JWT that is valid for at least 5 minutes",
    );
  }
  const plan = objectOf(objectOf(template.properties["source"])["planInfo"]);
  const given = textOf(plan["planName"]) === source.plan?.name && textOf(plan["planProduct"]) === source.plan?.product;
  if (source.plan !== undefined && source.imageId === undefined && !given) {
    throw new StepFailure(
      "ERROR: -> VMMarketplaceInvalidInput : Creating a virtual machine from Marketplace image or a custom image sourced from a Marketplace image requires Plan information in the request.",
    );
  }
  checkMarketplace(run);
  checkMachine(run, 1);
}

/** \`abort\` leaves the build machine: it is found in the staging group and goes with the template. */
function keepMachine({ world, template }: Run): void {
  const name = `aibvm${world.newGuid().slice(0, 8)}`;
  const id = `${template.exactStagingResourceGroup}/providers/Microsoft.Compute/virtualMachines/${name}`;
  const body = { properties: { provisioningState: "Succeeded" } };
  world.resources.put({
    id,
    name,
    type: "Microsoft.Compute/virtualMachines",
    location: template.location,
    tags: {},
    body,
  });
}

async function openGuest(run: Run, layers: readonly ImageLayer[]): Promise<Guest> {
  const profile = objectOf(run.template.properties["vmProfile"]);
  const guest = await startGuest(run.world, {
    os: run.source.os,
    parents: layers,
    identities: stringsOf(profile["userAssignedIdentities"]),
    subnetId: textOf(objectOf(profile["vnetConfig"])["subnetId"]) || undefined,
  });
  run.control.onEnd(() => void guest.stop());
  return guest;
}

async function optimize(run: Run): Promise<void> {
  const settings = objectOf(run.template.properties["optimize"]);
  const parts = [objectOf(settings["vmBoot"]), objectOf(settings["workload"])];
  if (!parts.some((part) => part["state"] === "Enabled")) return;
  run.enter("Optimizing");
  await run.control.wait(stateOf(run.world).settings.durations.optimizing[run.source.os]);
}

/** Runs the validators on a machine made from the result. @returns why the image is not valid, or undefined */
async function validateImage(run: Run, layers: readonly ImageLayer[]): Promise<RunFailure | undefined> {
  const validate = objectOf(run.template.properties["validate"]);
  const list = validate["inVMValidations"];
  if (objectsOf(list).length === 0) return undefined;
  run.enter("Validating");
  checkServiceParts(run);
  const log = openLog(run, "validation.log");
  const began = run.world.clock.now().getTime();
  const took = (): number => run.world.clock.now().getTime() - began;
  const guest = await openGuest(run, layers);
  let reason: string | undefined;
  try {
    checkMachine(run, objectOf(run.template.properties["validate"])["sourceValidationOnly"] === true ? 1 : 2);
    await run.control.wait(stateOf(run.world).settings.durations.validating);
    packer.writeConnected(log, run.source.os);
    await runSteps(run, { guest, log }, { list, place: "validate" });
    packer.writeEnd(log, took(), undefined);
  } catch (error) {
    if (!(error instanceof StepFailure)) {
      packer.writeInterrupted(log);
      throw error;
    }
    reason = error.message;
    packer.writeStepError(log, objectOf(run.template.properties["errorHandling"])["onValidationError"] === "abort");
    packer.writeEnd(log, took(), reason);
  } finally {
    await Promise.all([guest.stop(), log.close()]);
  }
  return reason === undefined ? undefined : packerFailure(failedBuild(run, "validation.log"));
}
