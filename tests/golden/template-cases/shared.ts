/** What cases of approved templates share. */
import type { Facts, FoundFile } from "../../../tasks/AzureImageBuilderV1/src/facts/types.ts";
import { group, type StepInputs } from "../../unit/inputs/step.ts";

/** Changes of a plain Linux step, and of the facts it is planned with. */
export type Written = readonly [StepInputs, Partial<Facts>?];

/** Cases by the name of their approved file. */
export type Cases = Readonly<Record<string, Written>>;

/** Inputs of a step with an artifact. */
export const withArtifact = { artifactPath: "out/web", storageAccount: "stimages" };
/** Facts of a Windows image. */
export const windows: Partial<Facts> = {
  source: { osType: "windows", hyperVGeneration: "V2", architecture: "x64", version: "26100.1.9" },
};
/** Input of a Windows image. */
export const windowsImage = { sourceImage: "MicrosoftWindowsServer:WindowsServer:2025-datacenter-g2" };
/** ID of a managed image. */
export const managedImage = `${group}/providers/Microsoft.Compute/images/base`;

/** A file of the agent. */
export const content = (text: string): FoundFile => ({ from: "agent", content: new TextEncoder().encode(text) });
/** Files that steps name. */
export const stepFiles: Partial<Facts> = {
  files: {
    steps: {
      "scripts/harden.sh": content("#!/bin/bash\r\nsudo sysctl -w kernel.kptr_restrict=2\r\n"),
      "avd/apps.ps1": content("param($Ring = $env:RING)\nWrite-Host $Ring\n"),
      "config/app.json": content('{"port": 8080}\n'),
      "out/web/bin/setup": { from: "artifact", inside: "bin/setup" },
      "out/web/setup.ps1": { from: "artifact", inside: "setup.ps1" },
      "out/web/motd": { from: "artifact", inside: "motd" },
      "out/web/app.json": { from: "artifact", inside: "conf/app.json" },
    },
    validators: {},
  },
};
