/** Exchanges with storage: keys at Resource Manager, blobs at the blob service. */
import type { ExchangeKind } from "./kinds.ts";
import { ready } from "./kinds-template.ts";
import type { Stage } from "./stage.ts";

export const listKeysExchange: ExchangeKind = {
  name: "storage account",
  matches: ({ request }) => /\/providers\/Microsoft\.Storage\/storageAccounts\/[^/?]+/i.test(request.path),
  prepare: async (stage, recording) => {
    const id = /^.*?\/storageAccounts\/[^/?]+/i.exec(recording.request.path)?.[0] ?? "";
    stage.seed(id.split("/").slice(0, 5).join("/"));
    if (recording.response.status < 400) stage.seed(id, { body: { sku: { name: "Standard_LRS" }, kind: "StorageV2" } });
    return ready(recording);
  },
};

interface BlobPlace {
  readonly account: string;
  readonly container: string;
  readonly blob: string;
}

function placeOf(address: string): BlobPlace {
  const url = new URL(address);
  const [container = "", ...rest] = url.pathname.slice(1).split("/");
  return { account: url.hostname.split(".")[0] ?? "", container, blob: rest.join("/") };
}

/** Reading of append blobs: the account, and the blobs the answer shows with their sizes. */
export const blobExchange: ExchangeKind = {
  name: "blob",
  matches: ({ request }) => /^https:\/\//i.test(request.path),
  prepare: async (stage, recording) => {
    const { request, response } = recording;
    const host = new URL(request.path).hostname;
    if (!host.endsWith(".blob.core.windows.net"))
      return { kind: "skipped", reason: `the emulator does not serve ${host}` };
    if (request.method !== "GET" && request.method !== "HEAD") {
      return { kind: "skipped", reason: `${request.method} of the blob service is Azurite's work, not the emulator's` };
    }
    const place = placeOf(request.path);
    const group = `/subscriptions/${stage.subscription}/resourceGroups/group1`;
    stage.seed(`${group}/providers/Microsoft.Storage/storageAccounts/${place.account}`);
    stage.allowBlobs();
    // Another blob makes the container: whether the container or the blob is missing are two different errors.
    const isBlobMissing = response.status === 404 && !/ContainerNotFound/.test(JSON.stringify(response));
    if (isBlobMissing) await seedBlob(stage, place, { blob: "another", size: 1 });
    if (response.status >= 400) return ready(recording);
    for (const [blob, size] of blobsShown(place, response)) await seedBlob(stage, place, { blob, size });
    return ready(recording);
  },
};

/** Names and sizes of the blobs an answer shows. */
function blobsShown(
  place: BlobPlace,
  response: { readonly headers: Readonly<Record<string, string>>; readonly body: unknown },
): readonly (readonly [string, number])[] {
  if (place.blob !== "") {
    const total =
      /\/(\d+)$/.exec(response.headers["content-range"] ?? "")?.[1] ?? response.headers["content-length"] ?? "0";
    return [[place.blob, Number(total)]];
  }
  const text = typeof response.body === "string" ? response.body : "";
  return [...text.matchAll(/<Name>([^<]*)<\/Name>.*?<Content-Length>(\d+)</gs)].map(
    (found) => [found[1] ?? "", Number(found[2])] as const,
  );
}

async function seedBlob(
  stage: Stage,
  place: BlobPlace,
  what: { readonly blob: string; readonly size: number },
): Promise<void> {
  await stage.emulator.world.blobs.append(
    place.account,
    place.container,
    what.blob,
    Buffer.alloc(Math.max(what.size, 1), "x"),
  );
}
