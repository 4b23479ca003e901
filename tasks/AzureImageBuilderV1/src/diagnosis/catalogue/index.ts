/** The catalogue: every topic, the more telling before the more general. A new topic is a file and a line here. */
import type { KnownFailure } from "../types.ts";
import { entraFailures } from "./entra.ts";
import { fitFailures } from "./fit.ts";
import { galleryFailures } from "./gallery.ts";
import { logLinuxFailures } from "./log-linux.ts";
import { logPackerFailures } from "./log-packer.ts";
import { logWindowsFailures } from "./log-windows.ts";
import { networkFailures } from "./network.ts";
import { noiseFailures } from "./noise.ts";
import { permissionsFailures } from "./permissions.ts";
import { pipelineFailures } from "./pipeline.ts";
import { policyFailures } from "./policy.ts";
import { providerFailures } from "./provider.ts";
import { quotaFailures } from "./quota.ts";
import { runFailures } from "./run.ts";
import { serviceFailures } from "./service.ts";
import { sourceFailures } from "./source.ts";
import { storageFailures } from "./storage.ts";
import { templateFailures } from "./template.ts";
import { trustedLaunchFailures } from "./trusted-launch.ts";

export { silence } from "./log-packer.ts";

/** Every known failure by its topic; the key is the topic's file and the file of its samples. */
export const topics: Readonly<Record<string, readonly KnownFailure[]>> = {
  noise: noiseFailures,
  "log-windows": logWindowsFailures,
  "log-linux": logLinuxFailures,
  "log-packer": logPackerFailures,
  template: templateFailures,
  permissions: permissionsFailures,
  network: networkFailures,
  policy: policyFailures,
  quota: quotaFailures,
  provider: providerFailures,
  source: sourceFailures,
  fit: fitFailures,
  "trusted-launch": trustedLaunchFailures,
  gallery: galleryFailures,
  storage: storageFailures,
  entra: entraFailures,
  pipeline: pipelineFailures,
  run: runFailures,
  service: serviceFailures,
};

/** All of them. */
export const catalogue: readonly KnownFailure[] = Object.values(topics).flat();

/** Failures whose text stands in Packer's debug log: only these are looked for there, for it repeats what scripts hold. */
export const toldInDebugLines: ReadonlySet<string> = new Set([
  "log-winrm-nsg",
  "log-noexec",
  "log-exit-267014",
  "log-exit-16000",
  "log-wu-exhausted",
  "log-disconnect-2300218",
  "run-jwt",
]);
