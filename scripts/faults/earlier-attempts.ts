/** What an earlier attempt of the step has left behind: its template, as the task has made it, in several states. */
import type { Emulator } from "../../tests/emulator/index.ts";
import { configureImageBuilder } from "../../tests/emulator/services/virtual-machine-images/index.ts";
import { type AskedTemplate, putAndRun, readAsked, removeTemplate, untilRun } from "./asked-template.ts";
import { failing } from "./builders.ts";

/** The template of the build that all scenarios of earlier attempts ask for, by emulator. */
const made = new WeakMap<Emulator, AskedTemplate>();

/** Keeps the template of the run that has just ended, as it was asked for. */
export async function keepMade(emulator: Emulator): Promise<void> {
  if (made.has(emulator)) return;
  const template = await readAsked(emulator);
  if (template !== undefined) made.set(emulator, template);
}

/** Its build goes on. */
export async function seedGoingOn(emulator: Emulator): Promise<void> {
  await putAndRun(emulator, templateOf(emulator));
}

/** Its build has made the image. */
export async function seedSucceeded(emulator: Emulator): Promise<void> {
  await seedGoingOn(emulator);
  await untilRun(emulator, (state) => state === "Succeeded");
}

/** Its build has failed; the next one will not. */
export async function seedFailed(emulator: Emulator): Promise<void> {
  configureImageBuilder(emulator.world, failing);
  await seedGoingOn(emulator);
  await untilRun(emulator, (state) => state === "Failed");
  configureImageBuilder(emulator.world, { simulatedSteps: [] });
}

/** Its build has made the image, and the template is gone. */
export async function seedImage(emulator: Emulator): Promise<void> {
  await seedSucceeded(emulator);
  await removeTemplate(emulator, templateOf(emulator));
}

function templateOf(emulator: Emulator): AskedTemplate {
  const template = made.get(emulator);
  if (template === undefined) throw new Error("No run has made the template yet.");
  return template;
}
