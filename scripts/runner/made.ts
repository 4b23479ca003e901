/** What a run has made in the emulator, for people to read: a table at the end of the demo. */
import type { Emulator } from "../../tests/emulator/index.ts";
import { buildVmSupport } from "../../tests/emulator/services/virtual-machine-images/state.ts";

/** One line of the table. */
export interface MadeRow {
  readonly what: string;
  readonly name: string;
  readonly detail: string;
}

/** A gallery image version as the emulator stores it; undefined when there is none of that id, or it is not ready. */
export function readyVersion(
  emulator: Emulator,
  id: string,
): { readonly id: string; readonly regions: readonly string[] } | undefined {
  const resource = emulator.world.resources.get(id);
  const properties = resource?.body.properties as
    | {
        readonly provisioningState?: string;
        readonly publishingProfile?: { readonly targetRegions?: readonly { readonly name: string }[] };
      }
    | undefined;
  if (resource === undefined || properties?.provisioningState !== "Succeeded") return undefined;
  return { id: resource.id, regions: (properties.publishingProfile?.targetRegions ?? []).map(({ name }) => name) };
}

/** Template, blobs, image version and its files, in the order they were made. */
export async function describeMade(emulator: Emulator, imageId: string): Promise<readonly MadeRow[]> {
  const version = readyVersion(emulator, imageId);
  const files = (await emulator.world.images.files(imageId)) ?? [];
  const count = (kind: string): number => files.filter((file) => file.kind === kind).length;
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  return [
    ...describeBlobs(emulator),
    ...describeTemplates(emulator),
    {
      what: "Image version",
      name: lastPart(imageId),
      detail: version === undefined ? "missing" : `ready in ${version.regions.join(", ")}`,
    },
    {
      what: "Files in the image",
      name: `${count("file")}`,
      detail:
        (await simulatedBecause(emulator)) ??
        `${bytes} bytes, with ${count("link")} links and ${count("directory")} folders`,
    },
  ];
}

/** Why the scripts could not really run, as the table says it; undefined where they did. */
async function simulatedBecause(emulator: Emulator): Promise<string | undefined> {
  const support = await buildVmSupport(emulator.world);
  return support.mode === "simulated" ? `the build was simulated: ${support.reason}` : undefined;
}

/** Templates that were put, and whether they are still there. */
function describeTemplates(emulator: Emulator): readonly MadeRow[] {
  const paths = emulator
    .requests()
    .filter(({ method, url }) => method === "PUT" && /\/imageTemplates\/[^/]+$/i.test(pathOf(url)))
    .map(({ url }) => pathOf(url));
  return [...new Set(paths)].map((path) => ({
    what: "Image template",
    name: lastPart(path),
    detail: templateState(emulator, path),
  }));
}

function templateState(emulator: Emulator, id: string): string {
  const resource = emulator.world.resources.get(id);
  if (resource === undefined) return "created, run and deleted";
  const { provisioningState } = resource.body.properties as { readonly provisioningState?: string };
  return provisioningState === "Deleting" ? "created and run; its deletion goes on" : "created and still there";
}

/** Blobs that clients wrote, and whether they were deleted again. */
function describeBlobs(emulator: Emulator): readonly MadeRow[] {
  const requests = emulator.requests().filter(({ service }) => service === "blob");
  const good = requests.filter(({ status }) => status !== undefined && status < 300);
  const blobs = good.filter(({ method, url }) => method === "PUT" && pathOf(url).split("/").length > 3);
  const deleted = new Set(good.filter(({ method }) => method === "DELETE").map(({ url }) => pathOf(url)));
  return [...new Set(blobs.map(({ url }) => pathOf(url)))].map((path) => ({
    what: "Blob",
    name: path.replace(/^\//, ""),
    detail: deleted.has(path) ? "uploaded, deleted after the build" : "uploaded",
  }));
}

function pathOf(url: string): string {
  return decodeURIComponent(new URL(url).pathname);
}

function lastPart(path: string): string {
  return path.split("/").at(-1) ?? path;
}

/** Rows as text in columns. */
export function formatTable(rows: readonly MadeRow[]): string {
  const width = (key: keyof MadeRow): number => Math.max(...rows.map((row) => row[key].length));
  const [what, name] = [width("what"), width("name")];
  return rows.map((row) => `  ${row.what.padEnd(what)}  ${row.name.padEnd(name)}  ${row.detail}`).join("\n");
}
