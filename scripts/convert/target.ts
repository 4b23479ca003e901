/** Where the image goes. */
import type { Writer } from "./convert-step.ts";
import { isVariable } from "./older-values.ts";

type Target = "gallery" | "managedImage" | "vhd";

const words: Readonly<Record<string, Target>> = {
  sig: "gallery",
  gallery: "gallery",
  managedimage: "managedImage",
  vhd: "vhd",
};

const inputsOf: Readonly<Record<Target, readonly string[]>> = {
  gallery: [
    ...["galleryImageId", "targetRegions", "replicationRegions", "distributeStorageAccountType"],
    ...["distributeVersioningScheme", "distributeVersioningMajor", "excludeFromLatest"],
  ],
  managedImage: ["imageIdForDistribute", "managedImageLocation"],
  vhd: ["vhdUri"],
};

const writers: Readonly<Record<Target, (writer: Writer) => void>> = {
  gallery: writeGallery,
  managedImage: ({ values, write, note }) => {
    write("managedImage", values.given("imageIdForDistribute"));
    write("managedImageLocation", values.given("managedImageLocation"));
    if (values.given("imageIdForDistribute") === "") {
      note("decide", "managedImage: the step names no image. Write its name or resource ID.");
    }
  },
  vhd: ({ values, write }) => write("vhdUri", values.given("vhdUri")),
};

/** Writes `targetType` where it is no gallery, and what belongs to the target; the rest is told. */
export function convertTarget(writer: Writer): void {
  const { values, write, note } = writer;
  const word = values.effective("distributeType");
  const target = words[word.toLowerCase()];
  if (target === undefined) {
    write("targetType", word);
    note("decide", `targetType: ${word} is known in a run only. What belongs to each kind of target is kept.`);
    for (const write of Object.values(writers)) write(writer);
    return;
  }
  write("targetType", target === "gallery" ? "" : target);
  writers[target](writer);
  for (const [other, inputs] of Object.entries(inputsOf)) {
    const unused = inputs.filter((input) => other !== target && isSaid(values.given(input)));
    if (unused.length > 0) note("ignored", `${unused.join(", ")}: the target is ${target}.`);
  }
}

function isSaid(text: string): boolean {
  return text !== "" && text.toLowerCase() !== "false";
}

function writeGallery(writer: Writer): void {
  const { values, write, note } = writer;
  write("galleryImage", values.given("galleryImageId"));
  if (values.given("galleryImageId") === "") {
    note("decide", "galleryImage: the step names no image definition. Write its resource ID.");
  }
  writeRegions(writer);
  const scheme = values.given("distributeVersioningScheme");
  const major = values.given("distributeVersioningMajor");
  const isLatest = scheme.toLowerCase() === "latest";
  write("galleryVersion", isLatest && major !== "" ? `Latest ${major}` : scheme);
  if (!isLatest && major !== "") note("ignored", "distributeVersioningMajor: it only goes with the scheme Latest.");
  const excluded = values.given("excludeFromLatest");
  write("excludeFromLatest", isSaid(excluded) ? excluded : "");
}

/** The storage type stands with each region, unless only a run knows the regions. */
function writeRegions({ values, write, note }: Writer): void {
  const regions = values.given("targetRegions") || values.given("replicationRegions");
  const storage = values.given("distributeStorageAccountType");
  if (regions !== "" && values.given("targetRegions") !== "" && values.given("replicationRegions") !== "") {
    note("ignored", "replicationRegions: targetRegions counts.");
  }
  const names = regions
    .split(",")
    .map((region) => region.trim())
    .filter((region) => region !== "");
  if (storage === "" || names.length === 0 || isVariable(regions) || isVariable(storage)) {
    write("targetRegions", names.join(", "));
    write("distributeStorageAccountType", storage);
    if (storage !== "") {
      note("decide", "distributeStorageAccountType: better written in targetRegions, e.g. `westeurope:Standard_ZRS`.");
    }
    return;
  }
  write("targetRegions", names.map((region) => `${region}:${storage}`).join(", "));
  note("changed", "distributeStorageAccountType: it stands with each region in targetRegions.");
}
