/** The bill of materials of a package: CycloneDX 1.6, JSON, of exactly the packages whose code is in the bundle. */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Enums, Models, Serialize, SPDX, Spec } from "@cyclonedx/cyclonedx-library";
import type { BundledCode, BundledPackage } from "./bundled-packages.ts";
import { root } from "./paths.ts";

/** The extension, as its manifest names it. */
export interface Product {
  readonly publisher: string;
  readonly id: string;
  readonly version: string;
  readonly description: string;
}

/** Content hashes by folder (`node_modules/…`), as package-lock.json has them: `sha512-<base64>`. */
export type Integrities = Readonly<Record<string, string | undefined>>;

/** Reads the hashes of the lock file. */
export async function readIntegrities(): Promise<Integrities> {
  const { packages } = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly integrity?: string }>>;
  };
  return Object.fromEntries(Object.entries(packages).map(([folder, { integrity }]) => [folder, integrity]));
}

/**
 * Writes the document. Nothing in it is random: the serial number is made of the content, and the time, which is left out
 * where `time` is undefined, is the caller's. Packages in two folders of the same name and version are one component.
 */
export function describeMaterials(
  product: Product,
  code: BundledCode,
  { integrities, time }: { readonly integrities: Integrities; readonly time?: Date },
): string {
  const components = new Map<string, Models.Component>();
  const byFolder = new Map<string, Models.Component>();
  for (const one of code.packages) {
    const component = components.get(purlOf(one)) ?? describePackage(one, integrities[one.folder]);
    components.set(purlOf(one), component);
    byFolder.set(one.folder, component);
  }
  const link = (user: Models.Component, folders: readonly string[]): void => {
    for (const folder of folders) {
      const used = byFolder.get(folder);
      if (used !== undefined && used !== user) user.dependencies.add(used.bomRef);
    }
  };
  const extension = describeProduct(product);
  link(extension, code.direct);
  for (const { folder, uses } of code.packages) link(byFolder.get(folder) ?? extension, uses);
  const bom = new Models.Bom({
    metadata: new Models.Metadata({
      component: extension,
      lifecycles: new Models.LifecycleRepository([Enums.LifecyclePhase.Build]),
      ...(time === undefined ? {} : { timestamp: time }),
    }),
    components: new Models.ComponentRepository(components.values()),
  });
  bom.serialNumber = serialOf(serialise(bom));
  return serialise(bom);
}

function describeProduct({ publisher, id, version, description }: Product): Models.Component {
  return new Models.Component(Enums.ComponentType.Application, id, {
    bomRef: `${publisher}.${id}@${version}`,
    publisher,
    version,
    description,
    licenses: new Models.LicenseRepository([new Models.SpdxLicense("MIT")]),
  });
}

function describePackage(one: BundledPackage, integrity: string | undefined): Models.Component {
  const [, group, name = one.name] = /^(@[^/]+)\/(.+)$/.exec(one.name) ?? [];
  return new Models.Component(Enums.ComponentType.Library, name, {
    bomRef: purlOf(one),
    purl: purlOf(one),
    version: one.version,
    ...(group === undefined ? {} : { group }),
    hashes: new Models.HashDictionary(hashesOf(integrity)),
    licenses: new Models.LicenseRepository([licenceOf(one.licence)]),
  });
}

/** Package URL of a package of npm; the sign of a scope is written as a percent code (package-url, type npm). */
export function purlOf({ name, version }: Pick<BundledPackage, "name" | "version">): string {
  return `pkg:npm/${name.replace("@", "%40")}@${version}`;
}

function hashesOf(integrity: string | undefined): readonly Models.Hash[] {
  const [, sum] = /^sha512-(\S+)$/.exec(integrity ?? "") ?? [];
  return sum === undefined ? [] : [[Enums.HashAlgorithm["SHA-512"], Buffer.from(sum, "base64").toString("hex")]];
}

function licenceOf(licence: string | undefined): Models.License {
  if (licence === undefined) return new Models.NamedLicense("see ThirdPartyNotices.txt");
  if (SPDX.isSupportedSpdxId(licence)) return new Models.SpdxLicense(licence);
  return / (?:OR|AND|WITH) /.test(licence) ? new Models.LicenseExpression(licence) : new Models.NamedLicense(licence);
}

function serialise(bom: Models.Bom): string {
  const serialiser = new Serialize.JsonSerializer(new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6));
  return `${serialiser.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

/** A UUID made of the content (RFC 9562, version 8). */
function serialOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  const parts = [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ];
  return `urn:uuid:${parts.join("-")}`;
}
