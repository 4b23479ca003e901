/** The inputs of a step as the older task took them: its own defaults where nothing is given, no placeholders. */
import type { OlderStep, OlderTask } from "./types.ts";

/**
 * Defaults that mean something (older tasks, sections A and B). Those of `baseImagePubOfferSku` and
 * `platformImagePurchasePlan` stand for "not given", those of `inlineScript` are comments.
 */
const defaults: Readonly<Record<OlderTask, Readonly<Record<string, string>>>> = {
  AzureImageBuilderTask: {
    imagesource: "managedimage",
    baseimage: "Canonical:UbuntuServer:18.04-LTS",
    baseimageversion: "latest",
    provisioner: "shell",
    distributetype: "managedimage",
    iblocation: "westus",
    vmsize: "Standard_D1_v2",
    buildtimeoutinminutes: "0",
  },
  AzureImageBuilderTaskV2: {
    imagesource: "marketplace",
    baseimage: "MicrosoftWindowsDesktop:windows-11:win11-25h2-ent",
    baseimageversion: "latest",
    provisioner: "powershell",
    runelevated: "true",
    distributetype: "gallery",
    vmsize: "Standard_D2ds_v4",
    buildtimeoutinminutes: "120",
  },
};

const placeholders = ["publisher:offer:sku", "planname:planproduct:planpublisher"];

/** Reads a step's inputs. */
export interface OlderValues {
  /** The text the step gives, trimmed; empty where it gives none, or a placeholder. */
  readonly given: (input: string) => string;
  /** The text the older task worked with: given, or its default. */
  readonly effective: (input: string) => string;
  /** The older task's default, or empty. */
  readonly fallback: (input: string) => string;
}

/** Opens the inputs of a step; names in any letter case. */
export function openValues({ task, inputs }: OlderStep): OlderValues {
  const texts = new Map(Object.entries(inputs).map(([name, text]) => [name.toLowerCase(), text.trim()]));
  const given = (input: string): string => {
    const text = texts.get(input.toLowerCase()) ?? "";
    const isComment = input.toLowerCase() === "inlinescript" && isDefaultScript(text);
    return placeholders.includes(text.toLowerCase()) || isComment ? "" : text;
  };
  const fallback = (input: string): string => defaults[task][input.toLowerCase()] ?? "";
  return { given, fallback, effective: (input) => given(input) || fallback(input) };
}

/** A text that only the run knows. */
export function isVariable(text: string): boolean {
  return /\$\(|\$\{\{|\$\[/.test(text);
}

/** `true` in any letter case. */
export function isTrue(text: string): boolean {
  return text.toLowerCase() === "true";
}

/** Whether an input is switched on, or may be in a run. */
export function isOn(text: string): boolean {
  return isTrue(text) || isVariable(text);
}

function isDefaultScript(text: string): boolean {
  return /^# (?:add commands to move build files|Artifacts available at:)/.test(text) && /^(?:#.*\s*)*$/.test(text);
}
