/** The source image: which of the older inputs counts is told by `imageSource`. */
import type { Writer } from "./convert-step.ts";
import { isVariable } from "./older-values.ts";

const sourceInputs = ["baseImage", "baseImagePubOfferSku", "customImageResourceId", "imageVersionId"] as const;
type SourceInput = (typeof sourceInputs)[number];

/** Older inputs by the word of `imageSource`. */
const inputsOf: Readonly<Record<string, readonly SourceInput[]>> = {
  marketplace: ["baseImagePubOfferSku", "baseImage"],
  managedimage: ["customImageResourceId"],
  sig: ["imageVersionId"],
  gallery: ["imageVersionId"],
};

/** Writes `sourceImage`, `sourceVersion`, `purchasePlan` and `osType`. */
export function convertSource(writer: Writer): void {
  const { values, note } = writer;
  const kind = values.effective("imageSource").toLowerCase();
  const meant = inputsOf[kind];
  if (meant === undefined) return keepSource(writer);
  const used = meant.find((input) => values.given(input) !== "");
  for (const input of sourceInputs) {
    const isStored = values.given(input) === values.fallback(input);
    if (input !== used && values.given(input) !== "" && !isStored) {
      note("ignored", `${input}: imageSource is ${kind}${used === undefined ? "" : `, and ${used} counts`}.`);
    }
  }
  writeImage(used === undefined ? "" : values.given(used), kind, writer);
  if (kind === "marketplace") {
    const version = values.effective("baseImageVersion");
    writer.write("sourceVersion", version.toLowerCase() === "latest" ? "" : version);
    writer.write("purchasePlan", values.given("platformImagePurchasePlan"));
  }
}

function writeImage(text: string, kind: string, { step, values, write, note }: Writer): void {
  const isMarketplace = kind === "marketplace";
  const parts = text.split(":").map((part) => part.trim());
  const system = isMarketplace && parts.length === 4 && /^(windows|linux)$/i.test(parts[3] ?? "") ? parts.pop() : "";
  write("sourceImage", isMarketplace ? parts.join(":") : text);
  const script = values.given("provisioner").toLowerCase();
  const word = { shell: "linux", powershell: "windows" }[script] ?? values.given("provisioner");
  write("osType", system === undefined || system === "" ? word : system.toLowerCase());
  if (text !== "") return;
  if (!isMarketplace) {
    note("decide", `sourceImage: imageSource is ${kind}, and no image is named. Write its resource ID.`);
    return;
  }
  const image = values.fallback("baseImage");
  write("sourceImage", image);
  const age =
    step.task === "AzureImageBuilderTask" ? " It is out of support, and may be gone: choose a current one." : "";
  note("decide", `sourceImage: ${image} was the default of ${step.task}; it is written down.${age}`);
}

/** Only a run knows which of them counts: they stay, and the task decides as the older one did. */
function keepSource({ values, write, note }: Writer): void {
  const kind = values.given("imageSource");
  write("imageSource", kind);
  for (const input of sourceInputs) write(input === "baseImage" ? "sourceImage" : input, values.given(input));
  write("sourceVersion", values.given("baseImageVersion"));
  write("purchasePlan", values.given("platformImagePurchasePlan"));
  write("osType", values.given("provisioner"));
  note(
    "decide",
    isVariable(kind)
      ? `imageSource: ${kind} is known in a run only. Write sourceImage alone, which takes any kind.`
      : `imageSource: ${kind} is none of the older task's values. Write sourceImage alone.`,
  );
}
