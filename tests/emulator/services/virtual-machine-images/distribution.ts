/** The last phase of a run: handing the image to every target of the template. */
import type { ImageLayer } from "../../build-vm/index.ts";
import { captureDisk, distributeTo, DistributionFailure } from "./distribute.ts";
import { DistributionTimeout, distributionMessage, RunFailure } from "./failures.ts";
import { objectsOf } from "./json.ts";
import type { Run, RunOutcome } from "./run.ts";

/**
 * Serves all targets side by side. A time limit that passes meanwhile fails the targets not yet served, in words of their
 * own; what they began goes on. @throws RunFailure where no target was served, RunEnded
 */
export async function distribute(run: Run, layers: readonly ImageLayer[]): Promise<RunOutcome> {
  const { world, template, source, apiVersion, control } = run;
  run.enter("Distributing");
  // A run that was ended meanwhile goes no further.
  await control.wait(0);
  const disk = await captureDisk(world, template);
  const distribution = { world, template, source, image: { layers }, apiVersion, disk, control };
  const targets = objectsOf(template.properties["distribute"]);
  const failures: { readonly index: number; readonly message: string }[] = [];
  const work = targets.map(async (target, index) => {
    try {
      await distributeTo(distribution, target);
    } catch (error) {
      if (!(error instanceof DistributionFailure)) throw error;
      failures.push({ index, message: error.message });
    }
  });
  await Promise.all(work);
  if (failures.length === 0) return { kind: "succeeded" };
  const message = distributionMessage(failures, targets.length);
  if (failures.length < targets.length) return { kind: "partial", message };
  throw control.reason() === "timeout"
    ? new DistributionTimeout(message)
    : new RunFailure("InternalOperationError", message);
}
