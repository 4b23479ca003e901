/** A world with pipelines, runs and artifacts whose files lie in a folder of the test's own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { WorldArtifact, WorldFile, WorldRun } from "../emulator/core/world-file.ts";
import { defaultWorld } from "../emulator/core/world-file.ts";

/** Run of the job itself; its artifact `web` has the files of `webFiles`. */
export const ownRun = 501;

/** Files of `web`, with names that archives get wrong. */
export const webFiles: Readonly<Record<string, string>> = {
  "install.sh": "#!/bin/sh\necho installed\n",
  "a folder/ö $x.txt": "text",
  "empty.txt": "",
  "large.bin": "0123456789abcdef".repeat(20_000),
};

export interface DevopsWorld {
  readonly world: WorldFile;
  /** Folder with the artifacts' files, a folder for each. */
  readonly folder: string;
  remove(): void;
}

/** Makes the world and its folder. */
export function makeDevopsWorld(): DevopsWorld {
  const folder = mkdtempSync(join(tmpdir(), "runs-"));
  for (const [path, text] of Object.entries(webFiles)) {
    mkdirSync(join(folder, "web", path, ".."), { recursive: true });
    writeFileSync(join(folder, "web", path), text);
  }
  mkdirSync(join(folder, "other"));
  writeFileSync(join(folder, "other", "file.txt"), "other");
  const of = (name: string, change: Partial<WorldArtifact> = {}): WorldArtifact => ({
    name,
    type: "PipelineArtifact",
    folder: join(folder, "web"),
    ...change,
  });
  const base = defaultWorld();
  const shop = { id: "b2d5a8e3-0000-4000-8000-03c46f71bb24", name: "shop" };
  const secret = { id: "c3e6b9f4-0000-4000-8000-14d57082cc35", name: "secret" };
  const devops = {
    ...base.devops,
    otherProjects: [{ ...shop, jobMayRead: true }, secret],
    pipelines: [
      { id: 3, name: "bake", runs: [ownRunOf(of, folder)] },
      { id: 7, name: "web", path: "\\", runs: webRuns(of) },
      { id: 8, name: "twice", path: "\\infra", runs: [] },
      { id: 9, name: "twice", path: "\\apps", runs: [] },
      { id: 10, name: "closed", jobMayRead: false, runs: [] },
      { id: 11, name: "shop-web", project: "shop", runs: [done(900, "20261101.1", { artifacts: [of("web")] })] },
    ],
  };
  return { world: { ...base, devops }, folder, remove: () => rmSync(folder, { recursive: true }) };
}

type Of = (name: string, change?: Partial<WorldArtifact>) => WorldArtifact;

function ownRunOf(of: Of, folder: string): WorldRun {
  const artifacts = [
    of("web"),
    of("drop", { type: "Container", folder: join(folder, "other") }),
    of("share", { type: "FilePath", folder: "\\\\server\\share" }),
    of("old", { expired: true }),
  ];
  return { id: ownRun, buildNumber: "20261123.1", branch: "refs/heads/main", status: "inProgress", artifacts };
}

function webRuns(of: Of): readonly WorldRun[] {
  const artifacts = [of("web")];
  return [
    done(70, "20261101.1", { artifacts, tags: ["release", "signed"] }),
    done(73, "20261104.1", { artifacts, branch: "refs/heads/next" }),
    done(72, "20261103.1", { artifacts }),
    done(74, "20261105.1", { result: "failed" }),
    done(75, "20261106.1", { result: "partiallySucceeded" }),
    { id: 76, buildNumber: "20261107.1", branch: "refs/heads/main", status: "inProgress" },
  ];
}

function done(id: number, buildNumber: string, change: Partial<WorldRun>): WorldRun {
  const finishTime = `2026-11-01T00:00:${String(id % 60).padStart(2, "0")}Z`;
  return {
    id,
    buildNumber,
    branch: "refs/heads/main",
    status: "completed",
    result: "succeeded",
    finishTime,
    ...change,
  };
}
