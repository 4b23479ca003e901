/** Sources and targets as steps name them. */
import fc from "fast-check";
import { anyCase, bit, compute, definition, maybe, type Os, type Texts, version, word } from "./words.ts";

/** Source images of a system, by every input that names one. */
export function sources(os: Os): fc.Arbitrary<Texts> {
  const osType = fc.constantFrom("", "auto", os);
  return fc.oneof(
    fc.record({
      sourceImage: fc.tuple(word, word, word).map((parts) => parts.join(":")),
      sourceVersion: fc.oneof(fc.constantFrom("", "latest"), version),
      purchasePlan: maybe(fc.constant("plan:product:publisher")),
      osType,
    }),
    fc.record({ baseImage: fc.constantFrom(`a:b:c:${os}`, "a:b:c:1.2.3", "a:b:c"), osType }),
    fc.record({
      imageSource: anyCase("marketplace"),
      baseImage: fc.constant("x:y:z"),
      baseImagePubOfferSku: fc.constant("a:b:c"),
      provisioner: fc.constantFrom("shell", "powershell"),
    }),
    fc.record({
      imageSource: anyCase("managedimage"),
      customImageResourceId: word.map((name) => `${compute}/images/${name}`),
    }),
    fc.record({ sourceImage: word.map((name) => `${compute}/images/${name}`), osType }),
    fc.record({ sourceImage: fc.constant(definition), sourceVersion: maybe(version), osType }),
    fc.record({ imageSource: anyCase("sig"), ImageVersionId: version.map((one) => `${definition}/versions/${one}`) }),
  );
}

const storage = fc.constantFrom("Standard_LRS", "Standard_ZRS", "Premium_LRS");

/** Regions with the definition's own among them. */
const regions: fc.Arbitrary<string> = fc
  .uniqueArray(fc.constantFrom("northeurope", "eastus", "West US 2", "uksouth"), { maxLength: 4 })
  .chain((others) =>
    fc.tuple(
      ...[...others, "westeurope"].map((name) =>
        fc.tuple(fc.constantFrom("", "=1", "=20"), maybe(storage)).map(([count, type]) => `${name}${count}${type && ":"}${type}`),
      ),
    ),
  )
  .map((items) => items.join(", "));

const versions = fc.oneof(fc.constantFrom("", "Latest", "latest 3", "Source"), version);
const imageIds = fc.oneof(
  word,
  word.map((name) => `${compute}/images/${name}`),
);
const vhdUris = word.map((name) => `https://stimages.blob.core.windows.net/vhds/${name}.vhd`);

/** One target of a list, without its name. */
const entries: fc.Arbitrary<Readonly<Record<string, unknown>> | string> = fc.oneof(
  fc
    .record({
      version: versions,
      regions: maybe(regions),
      excludeFromLatest: bit,
      replicationMode: fc.constantFrom("", "Full"),
    })
    .map((gallery) => ({ gallery: { image: definition, ...gallery } })),
  fc.record({ regions: fc.constantFrom("", "westeurope", "westeurope=1:Premium_LRS") }).map((gallery) => ({
    gallery: { image: definition, replicationMode: "Shallow", ...gallery },
  })),
  version.map((one) => ({ gallery: { image: `${definition}/versions/${one}`, regions: ["westeurope", "uksouth=2"] } })),
  fc.constant({ gallery: definition }),
  fc.record({ image: imageIds, location: fc.constantFrom("", "North Europe") }).map((managedImage) => ({ managedImage })),
  word.map((managedImage) => ({ managedImage })),
  vhdUris.map((vhd) => ({ vhd })),
  fc.constantFrom("vhd", { vhd: {} }),
);

const lists = fc
  .array(fc.tuple(entries, maybe(word)), { minLength: 1, maxLength: 6 })
  .map((list) => JSON.stringify(list.map(([entry, name], index) => (name === "" ? entry : withName(entry, `${name}.${index}`)))));

function withName(entry: Readonly<Record<string, unknown>> | string, name: string): unknown {
  if (typeof entry === "string") return { [entry]: { name } };
  return Object.fromEntries(
    Object.entries(entry).map(([kind, options]) => [
      kind,
      typeof options === "string" ? { [kind === "vhd" ? "uri" : "image"]: options, name } : { ...(options as object), name },
    ]),
  );
}

/** Targets, by every input that names some. */
export const targets: fc.Arbitrary<Texts> = fc.oneof(
  fc.record({
    targetType: fc.oneof(fc.constant(""), anyCase("gallery"), anyCase("sig")),
    galleryImage: fc.constant(definition),
    galleryVersion: versions,
    targetRegions: maybe(regions),
    excludeFromLatest: bit,
  }),
  fc.record({
    galleryImageId: version.map((one) => `${definition}/versions/${one}`),
    replicationRegions: fc.constant("eastus, westeurope"),
    distributeStorageAccountType: maybe(storage),
  }),
  fc.record({
    distributeType: anyCase("sig"),
    galleryImageId: fc.constant(definition),
    distributeVersioningScheme: anyCase("latest"),
    distributeVersioningMajor: fc.constantFrom("", "0", "7"),
  }),
  fc.record({
    targetType: anyCase("gallery"),
    galleryImage: fc.constant(definition),
    replicationMode: anyCase("shallow"),
    targetRegions: fc.constantFrom("", "westeurope", "westeurope=1:Standard_LRS"),
  }),
  fc.record({
    targetType: fc.constantFrom("managedImage", "managedimage", ""),
    managedImage: imageIds,
    managedImageLocation: fc.constantFrom("", "North Europe"),
  }),
  fc.record({ targetType: anyCase("vhd"), vhdUri: maybe(vhdUris) }),
  fc.record({ targetType: anyCase("several"), targets: lists }),
);
