/** Where a default of the older tasks was another one: the plan says so, because the step does not. */
import type { Note } from "../../tasks/AzureImageBuilderV1/src/findings.ts";
import type { InputName } from "../../tasks/AzureImageBuilderV1/src/inputs/table.ts";
import type { OsType } from "../../tasks/AzureImageBuilderV1/src/ports.ts";
import { planCodes } from "./codes.ts";
import type { TaskKind } from "./find-step.ts";

interface OlderDefault {
  readonly input: InputName;
  readonly value: string;
  readonly now: string;
  /** Where it mattered; both when left out. */
  readonly osType?: OsType;
}

const olderDefaults: Readonly<Record<TaskKind, readonly OlderDefault[]>> = {
  AzureImageBuilder: [],
  AzureImageBuilderTask: [{ input: "vmSize", value: "Standard_D1_v2", now: "a size that fits the image" }],
  AzureImageBuilderTaskV2: [
    { input: "vmSize", value: "Standard_D2ds_v4", now: "a size that fits the image" },
    { input: "buildTimeoutInMinutes", value: "120", now: "0, the service's 240" },
    { input: "runElevated", value: "true", now: "false", osType: "windows" },
  ],
};

/** Notes for the inputs the step leaves out and whose older default was another. */
export function noteOlderDefaults(
  task: TaskKind,
  osType: OsType,
  isGiven: (input: InputName) => boolean,
): readonly Note[] {
  return olderDefaults[task]
    .filter((one) => !isGiven(one.input) && (one.osType ?? osType) === osType)
    .map(({ input, value, now }) => ({
      code: planCodes.olderDefault,
      input,
      message: `${task} had \`${input}: ${value}\` when it was left out; here it is ${now}. Write it down to keep it.`,
    }));
}

/** The system an image had by default: the second task's scripts were PowerShell. */
export function defaultOsTypeOf(task: TaskKind): OsType {
  return task === "AzureImageBuilderTaskV2" ? "windows" : "linux";
}
