/** The commands of areas `artifact`, `build` and `telemetry` (agent contract, section 3.3). */
import { readdirSync, statSync } from "node:fs";
import { isAbsolute } from "node:path";
import { reportWarning } from "../agent/state.ts";
import { attachFile } from "./attachments.ts";
import type { LoggingCommand } from "./grammar.ts";
import { requireProperty, type CommandArea, type CommandContext } from "./types.ts";

/** The commands of area `artifact`. */
export const artifactArea: CommandArea = {
  upload: { restricted: false, apply: upload },
  associate: { restricted: false, apply: associate },
};

/** The commands of area `build`. */
export const buildArea: CommandArea = {
  addbuildtag: {
    restricted: false,
    apply({ job }, { data }) {
      if (data === "") throw new Error("the tag is missing");
      job.buildTags.push(data);
    },
  },
  updatebuildnumber: {
    restricted: false,
    apply({ job }, { data }) {
      if (data === "") throw new Error("the build number is missing");
      job.variables.set("Build.BuildNumber", data, { readOnly: true });
    },
  },
  uploadlog: { restricted: false, apply: (context, { data }) => attachFile(context, "Build.Log", data) },
};

/** What tasks outside the service publish is dropped; the properties must be there all the same. */
export const telemetryArea: CommandArea = {
  publish: {
    restricted: true,
    apply(_context, command) {
      requireProperty(command, "area");
      requireProperty(command, "feature");
    },
  },
};

function upload({ job, step }: CommandContext, command: LoggingCommand): void {
  const artifact = requireProperty(command, "artifactname");
  const { data: path } = command;
  const found = isAbsolute(path) ? statSync(path, { throwIfNoEntry: false }) : undefined;
  if (found === undefined) throw new Error(`there is no file or folder "${path}"`);
  if (found.isDirectory() && readdirSync(path).length === 0) {
    reportWarning(job, step, `The folder "${path}" is empty: nothing is added to artifact "${artifact}".`);
    return;
  }
  job.files.publish(artifact, command.properties.get("containerfolder") ?? artifact, path);
}

function associate(_context: CommandContext, command: LoggingCommand): void {
  requireProperty(command, "artifactname");
  const { data: location } = command;
  if (location === "") throw new Error("the location is missing");
  const given = command.properties.get("artifacttype")?.toLowerCase();
  if (given === undefined && inferType(location) === undefined) {
    throw new Error(`the kind of artifact cannot be told from "${location}": give artifacttype`);
  }
}

function inferType(location: string): string | undefined {
  if (location.startsWith("#/")) return "container";
  if (location.startsWith("\\\\")) return "filepath";
  return location.startsWith("$/") ? "versioncontrol" : undefined;
}
