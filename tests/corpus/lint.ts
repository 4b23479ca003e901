/**
 * Looks for faults in the steps of every template and pipeline of a folder of real ones (`CORPUS`, by default
 * `../shared/corpus` beside the checkout). What is found is listed here, each judged; anything else is a false alarm.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parse } from "yaml";
import type { TemplateCustomizer, TemplateSource } from "../../tasks/AzureImageBuilderV1/src/image-template.ts";
import { lintSteps } from "../../tasks/AzureImageBuilderV1/src/preflight/checks/p15-scripts.ts";
import { findSecrets } from "../../tasks/AzureImageBuilderV1/src/preflight/scripts/secrets.ts";

const folder = process.env["CORPUS"] ?? resolve(import.meta.dirname, "../../../shared/corpus");
const ubuntu: TemplateSource = {
  type: "PlatformImage",
  publisher: "Canonical",
  offer: "ubuntu-24_04-lts",
  sku: "server",
  version: "latest",
};

/**
 * The codes of a file, and why they are right:
 * - `sudo apt install unattended-upgrades` asks as soon as the package brings others along.
 * - The update filter `$_.BrowseOnly` has no verb, so that nothing is installed.
 */
const expected: Readonly<Record<string, readonly string[]>> = {
  "linux-managed.json": ["AIB095"],
  "linux-managed-2019.json": ["AIB095"],
  "linux-sig.json": ["AIB095"],
  "linux-sig-2019.json": ["AIB095"],
  "rest-windows-body.json": ["AIB096"],
};

const types = ["Shell", "PowerShell", "File", "WindowsRestart", "WindowsUpdate"];

/** Every step anywhere in a file, also where expressions would choose among them. */
function stepsIn(value: unknown): readonly TemplateCustomizer[] {
  if (Array.isArray(value)) return value.flatMap(stepsIn);
  if (typeof value !== "object" || value === null) return [];
  const { type, inline, scriptUri, sourceUri } = value as Readonly<Record<string, unknown>>;
  const isStep = typeof type === "string" && types.includes(type);
  const isWhole =
    Array.isArray(inline) || typeof (scriptUri ?? sourceUri) === "string" || /^Windows/.test(String(type));
  return isStep && isWhole ? [value as TemplateCustomizer] : Object.values(value).flatMap(stepsIn);
}

function codesOf(steps: readonly TemplateCustomizer[]): readonly string[] {
  const isLinux = !steps.some(({ type }) => type === "PowerShell" || type.startsWith("Windows"));
  const titled = steps.map((step, index) => ({ title: `properties.customize[${index}]`, step }));
  return [...lintSteps(titled, { source: ubuntu, isLinux }), ...findSecrets(titled)].map(({ code }) => code);
}

describe("steps of real templates", () => {
  const files = readdirSync(join(folder, "templates")).filter((name) => /\.json$/.test(name));

  it("are there to be judged", () => assert.ok(files.length > 20, folder));

  for (const file of files.filter((name) => !name.includes("broken"))) {
    it(`have no fault in ${file} but those that are listed`, () => {
      const text = readFileSync(join(folder, "templates", file), "utf8").replace(/^\uFEFF/, "");
      assert.deepEqual(codesOf(stepsIn(parse(text))), expected[file] ?? []);
    });
  }
});

describe("scripts of real pipeline steps", () => {
  for (const file of readdirSync(join(folder, "v1-steps")).filter((name) => /\.yaml$/.test(name))) {
    it(`have no fault in ${file}`, () => {
      const [step] = parse(readFileSync(join(folder, "v1-steps", file), "utf8")) as readonly {
        readonly inputs: Readonly<Record<string, string>>;
      }[];
      const inline = (step?.inputs["inlineScript"] ?? "").split("\n");
      assert.ok(inline.join("").length > 0);
      const type = step?.inputs["provisioner"] === "powershell" ? "PowerShell" : "Shell";
      assert.deepEqual(codesOf([{ type, inline }]), []);
    });
  }
});
