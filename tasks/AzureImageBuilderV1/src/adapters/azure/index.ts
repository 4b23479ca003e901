/** Azure, by its SDKs: the only folder that imports `@azure/*`. */
import type { ArmReader, BlobStore, BuildLogs, FactReader, Images, ImageTemplates, WebProbe } from "../../ports.ts";
import { createArmReader } from "./arm-reader.ts";
import { createBlobStore } from "./blobs.ts";
import { createBuildLogs } from "./build-logs.ts";
import { createFactReader } from "./facts.ts";
import { createImages } from "./images.ts";
import { createImageTemplates } from "./image-templates.ts";
import { type AzureOptions, createSession } from "./session.ts";
import { createWebProbe } from "./web-probe.ts";

export type { AzureOptions } from "./session.ts";

/** The Azure side of the ports. */
export interface Azure {
  readonly facts: FactReader;
  readonly templates: ImageTemplates;
  readonly blobs: BlobStore;
  readonly logs: BuildLogs;
  readonly images: Images;
  readonly arm: ArmReader;
  readonly web: WebProbe;
  /** Closes idle connections, so that the process can end. */
  close(): void;
}

/** Wires the ports to one service connection. Nothing is loaded or sent before a port is used. */
export function createAzure(options: AzureOptions): Azure {
  const { open, close } = createSession(options);
  return {
    facts: createFactReader(open),
    templates: createImageTemplates(open),
    blobs: createBlobStore(open),
    logs: createBuildLogs(open),
    images: createImages(open),
    arm: createArmReader(open),
    web: createWebProbe(open),
    close,
  };
}
