/** Steps that publish and download pipeline artifacts, done within the run's own work folder. */
import { isAbsolute, join } from "node:path";
import { expandText } from "../agent/inputs.ts";
import type { StepAction } from "../pipeline/types.ts";
import { inputContext, type JobContext } from "./job-context.ts";

/** Tasks that do what `publish:` and `download:` do: the inputs that hold path and artifact, by task name. */
const artifactTasks: Readonly<
  Record<
    string,
    { readonly kind: "publish" | "download"; readonly path: readonly string[]; readonly artifact: readonly string[] }
  >
> = {
  publishpipelineartifact: { kind: "publish", path: ["targetpath", "path"], artifact: ["artifact", "artifactname"] },
  publishbuildartifacts: { kind: "publish", path: ["pathtopublish"], artifact: ["artifactname"] },
  downloadpipelineartifact: {
    kind: "download",
    path: ["targetpath", "path", "downloadpath"],
    artifact: ["artifact", "artifactname"],
  },
  downloadbuildartifacts: { kind: "download", path: ["downloadpath"], artifact: ["artifactname"] },
};

/** The shortcut a well-known artifact task stands for; undefined for every other task. */
export function artifactAction(action: Extract<StepAction, { readonly kind: "task" }>): StepAction | undefined {
  const name = (action.reference.split("@")[0] ?? "").toLowerCase();
  const task = Object.hasOwn(artifactTasks, name) ? artifactTasks[name] : undefined;
  if (task === undefined) return undefined;
  const inputs = new Map(Object.entries(action.inputs).map(([key, value]) => [key.toLowerCase(), value]));
  const first = (keys: readonly string[]): string =>
    keys.map((key) => inputs.get(key)).find((text) => text !== undefined) ?? "";
  const artifact = first(task.artifact);
  if (task.kind === "publish") return { kind: "publish", path: first(task.path), artifact };
  const source = inputs.get("source") ?? inputs.get("buildtype") ?? "current";
  return { kind: "download", source, artifact, path: first(task.path) || "$(Pipeline.Workspace)" };
}

/** Publishes a file or folder under the artifact's name (default `drop`). Throws an Error when there is no such path. */
export function publishArtifact(context: JobContext, action: Extract<StepAction, { readonly kind: "publish" }>): void {
  const resolver = inputContext(context);
  const artifact = expandText(action.artifact.trim(), resolver) || "drop";
  const path = rooted(expandText(action.path.trim(), resolver), context.folders.sources);
  context.artifacts.publish(artifact, ".", path);
  context.state.log.write(`Published ${path} as artifact ${artifact}.`);
}

/** Downloads one artifact of this run, or all. Throws an Error for other sources and unknown artifacts. */
export async function downloadArtifacts(
  context: JobContext,
  action: Extract<StepAction, { readonly kind: "download" }>,
): Promise<void> {
  const { artifacts, folders } = context;
  const resolver = inputContext(context);
  if (action.source === "none") return;
  if (action.source.toLowerCase() !== "current") {
    throw new Error(`Only artifacts of this run can be downloaded here (source: current), not of "${action.source}".`);
  }
  const wanted = expandText(action.artifact.trim(), resolver);
  const target = rooted(expandText(action.path.trim(), resolver), folders.build);
  for (const name of wanted === "" ? await artifacts.names() : [wanted]) {
    const folder = action.path !== "" && wanted !== "" ? target : join(target, name);
    await artifacts.download(name, folder);
    context.state.log.write(`Downloaded artifact ${name} to ${folder}.`);
  }
}

function rooted(path: string, root: string): string {
  return isAbsolute(path) ? path : join(root, path);
}
