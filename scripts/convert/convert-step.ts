/** A step of an older task as a step of this one: what it means, written with the new names. */
import { inputNames, inputTable } from "../../tasks/AzureImageBuilderV1/src/inputs/table.ts";
import { convertArtifact, convertNetwork, convertRun, convertScripts, convertValidation } from "./parts.ts";
import { convertSource } from "./source.ts";
import { convertTarget } from "./target.ts";
import { openValues, type OlderValues } from "./older-values.ts";
import type { ConversionNote, ConvertedStep, OlderStep } from "./types.ts";

/** Collects the new step. */
export interface Writer {
  readonly step: OlderStep;
  readonly values: OlderValues;
  /** Writes an input; an empty text writes nothing. */
  readonly write: (input: string, text: string) => void;
  readonly note: (kind: ConversionNote["kind"], text: string) => void;
}

/** Converts a step. Whatever is not carried over is told in its notes. */
export function convertStep(step: OlderStep): ConvertedStep {
  const written = new Map<string, string>();
  const notes: ConversionNote[] = [...step.notes];
  const writer: Writer = {
    step,
    values: openValues(step),
    write: (input, text) => void (text !== "" && written.set(input, text)),
    note: (kind, text) => void notes.push({ kind, text }),
  };
  convertConnection(writer);
  convertSource(writer);
  convertArtifact(writer);
  convertScripts(writer);
  convertValidation(writer);
  convertTarget(writer);
  convertNetwork(writer);
  convertRun(writer);
  noteUnknown(writer);
  const ordered = inputNames.filter((name) => written.has(name)).map((name) => [name, written.get(name) ?? ""]);
  return { step, inputs: Object.fromEntries(ordered) as Readonly<Record<string, string>>, notes };
}

function convertConnection({ step, values, write, note }: Writer): void {
  const connection = values.given("ibSubscription");
  write("azureSubscription", connection);
  if (connection === "") note("decide", "azureSubscription: the step names no service connection. Write its name.");
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(connection)) {
    note(
      "decide",
      step.origin === "yaml"
        ? `azureSubscription: ${connection} looks like a subscription's ID. Write the service connection's name.`
        : `azureSubscription: ${connection} is the service connection's ID, as classic definitions have it. Write its name.`,
    );
  }
  write("resourceGroup", values.given("ibAzureResourceGroup"));
  write("location", values.effective("ibLocation"));
  if (values.given("ibLocation") === "" && values.fallback("ibLocation") !== "") {
    note("changed", `location: ${values.fallback("ibLocation")} was the default; it is written down.`);
  }
  write("managedIdentity", values.given("managedIdentity"));
  if (values.given("managedIdentity") === "") {
    note("decide", "managedIdentity: there is none, and the service builds nothing without one. Write its ID or name.");
  }
}

function noteUnknown({ step, note }: Writer): void {
  const known = new Set(
    inputNames.flatMap((name) => [name, ...(inputTable[name].older ?? [])]).map((name) => name.toLowerCase()),
  );
  for (const name of Object.keys(step.inputs).filter((one) => !known.has(one.toLowerCase()))) {
    note("ignored", `${name}: the task has no such input.`);
  }
}
