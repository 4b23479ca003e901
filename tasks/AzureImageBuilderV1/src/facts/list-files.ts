/** The files that steps and validators name: read from the agent's disk, or found to be part of the artifact. */
import { problemCodes } from "../codes.ts";
import type { Findings } from "../findings.ts";
import type { Inputs } from "../inputs/types.ts";
import { filesOf, type StepRequest } from "../kinds/customizer/index.ts";
import { carryLimit } from "../kinds/customizer/script.ts";
import type { LocalFiles } from "../ports.ts";
import { insideOf, lastSegment, resolvePath } from "../values/path.ts";
import type { FoundFile, ListFiles } from "./types.ts";

/** Where to look, and where to say what is not there. */
export interface FileReads {
  readonly files: LocalFiles;
  readonly findings: Findings;
}

/** All files together travel in one request of at most 4 MB, as base64 (Resource Manager's limit). */
const totalLimit = 4 * carryLimit;

/**
 * Finds the files of both lists. Paths begin at the working directory, or else in the artifact. Validators run on another
 * machine, started from the image, where /tmp may have been emptied: their files are brought along even from the artifact.
 */
export async function readListFiles(inputs: Inputs, workingDirectory: string, reads: FileReads): Promise<ListFiles> {
  const path = inputs.artifact?.path;
  const artifact = path === undefined ? undefined : resolvePath(workingDirectory, path);
  const place = { workingDirectory, artifact, ofRun: inputs.artifact?.run?.name };
  const [steps, validators] = await Promise.all([
    readFiles("steps", inputs.steps, { ...reads, ...place, mayStay: true }),
    readFiles("validators", inputs.validation?.validators ?? [], { ...reads, ...place, mayStay: false }),
  ]);
  const size = [...Object.values(steps), ...Object.values(validators)].reduce(
    (sum, file) => sum + (file.from === "agent" ? file.content.length : 0),
    0,
  );
  if (size > totalLimit) {
    reads.findings.problem("steps", {
      code: problemCodes.badFile,
      why: `the files of the steps have ${size} bytes together, and the template carries ${totalLimit}`,
      legal: "files inside the artifact, or at an address",
    });
  }
  return { steps, validators };
}

interface ListReads extends FileReads {
  readonly workingDirectory: string;
  /** Absolute path of the artifact. */
  readonly artifact: string | undefined;
  /** Name of the artifact of a run, whose files are not on the agent. */
  readonly ofRun: string | undefined;
  /** Whether a file of the artifact is used where it lies in the image. */
  readonly mayStay: boolean;
}

async function readFiles(
  input: "steps" | "validators",
  list: readonly StepRequest[],
  reads: ListReads,
): Promise<Readonly<Record<string, FoundFile>>> {
  const wanted = list.flatMap((step) => filesOf(step).map((path) => ({ step, path })));
  const found = await Promise.all(
    wanted.map(async ({ step, path }) => {
      const result = await findFile(path, reads);
      if ("from" in result) return [[path, result] as const];
      const { line, column } = step.place;
      reads.findings.problem(input, { code: problemCodes.badFile, given: path, line, column, ...result });
      return [];
    }),
  );
  return Object.fromEntries(found.flat());
}

async function findFile(
  given: string,
  { files, workingDirectory, artifact, ofRun, mayStay }: ListReads,
): Promise<FoundFile | { readonly why: string; readonly legal: string }> {
  const own = resolvePath(workingDirectory, given);
  const candidates = artifact === undefined ? [own] : [own, resolvePath(artifact, given)];
  for (const path of candidates) {
    const kind = await files.kind(path);
    if (kind === undefined) continue;
    if (kind === "folder") return { why: `${path} is a folder`, legal: "the path of one file" };
    const inside =
      artifact === undefined ? undefined : path === artifact ? lastSegment(path) : insideOf(artifact, path);
    if (mayStay && inside !== undefined) return { from: "artifact", inside };
    const content = await files.read(path, carryLimit).catch(() => null);
    if (content === null) return { why: `${path} cannot be read`, legal: "a file that the agent's user may read" };
    if (content !== undefined) return { from: "agent", content };
    const why = `${path} has more than ${carryLimit} bytes, which the template does not carry`;
    return { why, legal: "a file inside the artifact, or at an address" };
  }
  const ofAgent = "the path of a file on the agent";
  return {
    why: `there is no file at ${candidates.join(", nor at ")}`,
    legal:
      ofRun === undefined
        ? ofAgent
        : `${ofAgent}; the artifact ${ofRun} of a run is not on it: write a script of it as the command that runs it in ` +
          "the image, by the artifact's place there",
  };
}
